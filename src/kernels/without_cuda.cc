// SPDX-License-Identifier: Apache-2.0
// What the rooms' .cu files define, in a build without CUDA: empty lists of launchers.
#include "kernels/attention/attention_cuda.h"
#include "kernels/cuda_entry.h"
#include "kernels/embedding/embedding_cuda.h"
#include "kernels/fp8_cast/fp8_cast.h"
#include "kernels/gelu/gelu_cuda.h"
#include "kernels/gemv/gemv.h"
#include "kernels/hgemm/hgemm.h"
#include "kernels/layernorm/layernorm_cuda.h"
#include "kernels/quantise/quantise.h"
#include "kernels/rmsnorm/rmsnorm_cuda.h"
#include "kernels/rope/rope_cuda.h"
#include "kernels/sampling/sampling.h"
#include "kernels/softmax/softmax_cuda.h"
#include "kernels/swiglu/swiglu_cuda.h"

namespace assay::kernels {

std::span<const CudaVariant<Fp8CastCuda>> fp8_cast_cuda_variants() { return {}; }
std::span<const CudaVariant<QuantiseCuda>> quantise_cuda_variants() { return {}; }
std::span<const CudaVariant<DequantiseCuda>> dequantise_cuda_variants() { return {}; }
std::span<const CudaVariant<Gemv>> gemv_cuda_variants() { return {}; }
std::span<const CudaVariant<Hgemm>> hgemm_cuda_variants() { return {}; }
std::span<const CudaVariant<Prefill>> attention_prefill_cuda_variants() { return {}; }
std::span<const CudaVariant<Decode>> attention_decode_cuda_variants() { return {}; }
std::span<const CudaVariant<RmsNormCuda>> rmsnorm_cuda_variants() { return {}; }
std::span<const CudaVariant<LayerNormCuda>> layernorm_cuda_variants() { return {}; }
std::span<const CudaVariant<SoftmaxCuda>> softmax_cuda_variants() { return {}; }
std::span<const CudaVariant<RopeCuda>> rope_cuda_variants() { return {}; }
std::span<const CudaVariant<EmbeddingCuda>> embedding_cuda_variants() { return {}; }
std::span<const CudaVariant<SwiGluCuda>> swiglu_cuda_variants() { return {}; }
std::span<const CudaVariant<GeluCuda>> gelu_cuda_variants() { return {}; }
std::span<const CudaVariant<SampleCuda>> sampling_cuda_variants() { return {}; }

}  // namespace assay::kernels
