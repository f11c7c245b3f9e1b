// SPDX-License-Identifier: Apache-2.0
#include "kernels/fp8_cast/fp8_cast.h"

#include <array>

namespace assay::kernels {

std::span<const CudaVariant<Fp8CastCuda>> fp8_cast_cuda_variants() {
  static constexpr auto kDelayed = [](const Point& p) { return p.word("scale") == "delayed"; };
  static constexpr auto kDynamic = [](const Point& p) { return p.word("scale") == "dynamic"; };
  static constexpr std::array<CudaVariant<Fp8CastCuda>, 7> kVariants{{
      {"fp8_cast/cuda.ticket", CudaCode::kSm80, fp8_cast_ticket, "", kDelayed},
      {"fp8_cast/cuda.cleared_amax", CudaCode::kSm80, fp8_cast_cleared_amax, "", kDelayed},
      {"fp8_cast/cuda.published", CudaCode::kSm80, fp8_cast_published, "", kDelayed},
      {"fp8_cast/cuda.published_dependent", CudaCode::kSm90a, fp8_cast_published_dependent, "", kDelayed},
      {"fp8_cast/cuda.two_kernels", CudaCode::kSm80, fp8_cast_two_kernels, "", kDynamic},
      {"fp8_cast/cuda.dependent_launch", CudaCode::kSm90a, fp8_cast_dependent_launch, "", kDynamic},
      {"fp8_cast/cuda.grid_barrier", CudaCode::kSm80, fp8_cast_grid_barrier, "", kDynamic},
  }};
  return kVariants;
}

}  // namespace assay::kernels
