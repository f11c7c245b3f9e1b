// SPDX-License-Identifier: Apache-2.0
// What the rooms' .cu files define, in a build without CUDA: empty lists of launchers.
#include "kernels/cuda_entry.h"
#include "kernels/fp8_cast/fp8_cast.h"

namespace assay::kernels {

std::span<const CudaVariant<Fp8CastCuda>> fp8_cast_cuda_variants() { return {}; }

}  // namespace assay::kernels
