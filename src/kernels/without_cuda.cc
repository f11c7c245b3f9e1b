// SPDX-License-Identifier: Apache-2.0
// What the rooms' .cu files define, in a build without CUDA: empty lists of launchers.
#include "kernels/attention/attention_cuda.h"
#include "kernels/cuda_entry.h"
#include "kernels/fp8_cast/fp8_cast.h"
#include "kernels/gemv/gemv.h"
#include "kernels/sampling/sampling.h"

namespace assay::kernels {

std::span<const CudaVariant<Fp8CastCuda>> fp8_cast_cuda_variants() { return {}; }
std::span<const CudaVariant<Gemv>> gemv_cuda_variants() { return {}; }
std::span<const CudaVariant<Prefill>> attention_prefill_cuda_variants() { return {}; }
std::span<const CudaVariant<Decode>> attention_decode_cuda_variants() { return {}; }
std::span<const CudaVariant<SampleCuda>> sampling_cuda_variants() { return {}; }

}  // namespace assay::kernels
