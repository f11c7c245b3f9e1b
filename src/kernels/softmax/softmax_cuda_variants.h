// SPDX-License-Identifier: Apache-2.0
#pragma once
// The launchers behind softmax_cuda_variants() that stand in files of their own.
#include "kernels/softmax/softmax_cuda.h"

namespace assay::kernels::softmax {

CudaStatus launch_row_cluster(const SoftmaxRows& job, CudaStream stream);
// With stores that are first to be evicted.
CudaStatus launch_row_in_registers(const SoftmaxRows& job, CudaStream stream);

}  // namespace assay::kernels::softmax
