// SPDX-License-Identifier: Apache-2.0
#pragma once
// The launchers behind layernorm_cuda_variants() that stand in files of their own.
#include "kernels/layernorm/layernorm_cuda.h"

namespace assay::kernels::layernorm {

CudaStatus launch_row_group(const LayerNormRows& job, CudaStream stream);
// With stores that are first to be evicted.
CudaStatus launch_row_in_registers(const LayerNormRows& job, CudaStream stream);

}  // namespace assay::kernels::layernorm
