// SPDX-License-Identifier: Apache-2.0
#include "kernels/kernel_list.h"

namespace assay::kernels {

std::vector<suite::Kernel> all_kernels() {
  return {
      matmul_float_cases(),
      matmul_quantised_cases(),
      attention_decode_cases(),
      attention_merge_cases(),
      attention_prefill_cases(),
      rmsnorm_cases(),
      rope_cases(),
      swiglu_cases(),
      to_half_cases(),
  };
}

}  // namespace assay::kernels
