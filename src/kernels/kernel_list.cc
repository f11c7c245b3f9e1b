// SPDX-License-Identifier: Apache-2.0
#include "kernels/kernel_list.h"

#include <deque>

namespace assay::kernels {

void define(Suite& suite) {
  define_matmul(suite);
  define_matmul_q8(suite);
  define_attention_decode(suite);
  define_attention_merge(suite);
  define_attention_prefill(suite);
  define_rmsnorm(suite);
  define_rope(suite);
  define_swiglu(suite);
  define_to_half(suite);
  define_sampling_cuda(suite);
  define_fp8_cast_cuda(suite);
  define_quantise_cuda(suite);
  define_gemv_cuda(suite);
  define_hgemm_cuda(suite);
  define_attention_prefill_cuda(suite);
  define_attention_decode_cuda(suite);
  define_rmsnorm_cuda(suite);
  define_layernorm_cuda(suite);
  define_softmax_cuda(suite);
  define_rope_cuda(suite);
  define_embedding_cuda(suite);
  define_swiglu_cuda(suite);
  define_gelu_cuda(suite);
}

const Suite& all_kernels() {
  static const Suite kSuite("kernels", [](Suite& suite) {
    define(suite);
    std::erase_if(suite.entries, [](const Entry& entry) { return entry.variants.empty(); });
  });
  return kSuite;
}

}  // namespace assay::kernels
