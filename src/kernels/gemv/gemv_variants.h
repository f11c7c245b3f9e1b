// SPDX-License-Identifier: Apache-2.0
#pragma once
// The launchers behind gemv_cuda_variants(); only the files of this folder include it.
#include "kernels/gemv/gemv.h"

namespace assay::kernels::gemv {

CudaStatus launch_warp_row(const GemvArgs& args, CudaStream stream);
CudaStatus launch_vector_rows(const GemvArgs& args, CudaStream stream);
CudaStatus launch_vector_rows_dependent(const GemvArgs& args, CudaStream stream);  // dependent_launch.cuh
CudaStatus launch_vector_row_pairs(const GemvArgs& args, CudaStream stream);
CudaStatus launch_split_columns(const GemvArgs& args, CudaStream stream);
CudaStatus launch_x_in_registers(const GemvArgs& args, CudaStream stream);
CudaStatus launch_bulk_ring(const GemvArgs& args, CudaStream stream);

}  // namespace assay::kernels::gemv
