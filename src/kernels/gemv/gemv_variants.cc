// SPDX-License-Identifier: Apache-2.0
// The variants of a build with CUDA.
#include "kernels/gemv/gemv_variants.h"

namespace assay::kernels {

std::span<const CudaVariant<Gemv>> gemv_cuda_variants() {
  static constexpr CudaVariant<Gemv> kVariants[] = {
      {.name = "gemv/cuda.warp_row", .run = gemv::launch_warp_row},
      {.name = "gemv/cuda.vector_rows", .run = gemv::launch_vector_rows},
      {.name = "gemv/cuda.vector_rows_dependent",
       .code = CudaCode::kSm90a,
       .run = gemv::launch_vector_rows_dependent},
      {.name = "gemv/cuda.vector_row_pairs", .run = gemv::launch_vector_row_pairs},
      {.name = "gemv/cuda.split_columns", .run = gemv::launch_split_columns},
      {.name = "gemv/cuda.x_in_registers", .run = gemv::launch_x_in_registers},
      {.name = "gemv/cuda.bulk_ring", .code = CudaCode::kSm90a, .run = gemv::launch_bulk_ring},
  };
  return kVariants;
}

}  // namespace assay::kernels
