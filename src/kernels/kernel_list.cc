// SPDX-License-Identifier: Apache-2.0
#include "kernels/kernel_list.h"

namespace assay::kernels {

std::vector<suite::Kernel> all_kernels() {
  return {
      matmul_float_cases(),
      matmul_quantised_cases(),
  };
}

}  // namespace assay::kernels
