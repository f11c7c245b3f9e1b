// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "kernels/sampling/sampling.h"

namespace assay::kernels {

std::span<const CudaVariant<SampleCuda>> sampling_cuda_variants() {
  static constexpr auto kFitsRegisters = [](const Point& p) {
    return p["vocab"] >= 1 && p["vocab"] <= 163'840;
  };
  static constexpr std::array<CudaVariant<SampleCuda>, 3> kVariants{{
      {"sampling/cuda.one_block", CudaCode::kSm80, sample_one_block, ""},
      {"sampling/cuda.cluster_16", CudaCode::kSm90a, sample_cluster, "", kFitsRegisters},
      {"sampling/cuda.cluster_16_dependent", CudaCode::kSm90a, sample_cluster_dependent, "", kFitsRegisters},
  }};
  return kVariants;
}

}  // namespace assay::kernels
