// SPDX-License-Identifier: Apache-2.0
#pragma once
// Every kernel of this room as an entry of one suite, `assay bench kernels`. Points are shapes of the layers
// of SmolLM2-135M (hidden 576, feed-forward 1536, 9 query and 3 key heads of 64, vocabulary 49,152) for one
// token and for a prompt of 128; corners are the sizes at which kernels go wrong. A new kernel declares its
// function here and joins the list in kernel_list.cc: an explicit list, as a linker drops self-registering
// objects from static libraries.
#include "assay/assay.h"

namespace assay::kernels {

void define_matmul(Suite& suite);     // f32, f16, bf16 weights, and every type through the reference
void define_matmul_q8(Suite& suite);  // quantised weights on quantised activations
void define_attention_decode(Suite& suite);
void define_attention_merge(Suite& suite);
void define_attention_prefill(Suite& suite);
void define_rmsnorm(Suite& suite);
void define_rope(Suite& suite);
void define_swiglu(Suite& suite);
void define_to_half(Suite& suite);
void define_sampling_cuda(Suite& suite);
void define_fp8_cast_cuda(Suite& suite);
void define_quantise_cuda(Suite& suite);  // and dequantise
void define_gemv_cuda(Suite& suite);
void define_hgemm_cuda(Suite& suite);
void define_attention_prefill_cuda(Suite& suite);
void define_attention_decode_cuda(Suite& suite);
void define_rmsnorm_cuda(Suite& suite);
void define_layernorm_cuda(Suite& suite);
void define_softmax_cuda(Suite& suite);
void define_rope_cuda(Suite& suite);
void define_embedding_cuda(Suite& suite);
void define_swiglu_cuda(Suite& suite);
void define_gelu_cuda(Suite& suite);

// All of them, and the suite "kernels" of those that have a variant in this build, made on the first call
// (without CUDA, an entry for CUDA devices has none).
void define(Suite& suite);
[[nodiscard]] const Suite& all_kernels();

}  // namespace assay::kernels
