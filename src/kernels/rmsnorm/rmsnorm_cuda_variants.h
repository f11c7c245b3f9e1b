// SPDX-License-Identifier: Apache-2.0
#pragma once
// The launchers behind rmsnorm_cuda_variants() that stand in files of their own.
#include "kernels/rmsnorm/rmsnorm_cuda.h"

namespace assay::kernels::rmsnorm {

CudaStatus launch_row_group(const RmsNormRows& job, CudaStream stream);
// With stores that are first to be evicted.
CudaStatus launch_row_in_registers(const RmsNormRows& job, CudaStream stream);

}  // namespace assay::kernels::rmsnorm
