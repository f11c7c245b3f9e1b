// SPDX-License-Identifier: Apache-2.0
// Rung 4 for bf16.
#include "kernels/hgemm/mma_sync.cuh"

namespace assay::kernels {

CudaStatus hgemm_mma_sync_bf16(const HgemmArgs& args, CudaStream stream) {
  return hgemm::mma_sync<__nv_bfloat16>(args, stream);
}

}  // namespace assay::kernels
