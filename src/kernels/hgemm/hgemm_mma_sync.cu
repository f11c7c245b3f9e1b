// SPDX-License-Identifier: Apache-2.0
// Rung 4 for f16; the kernel is in mma_sync.cuh, and bf16 in a file of its own, as both together take long to
// compile.
#include "kernels/hgemm/mma_sync.cuh"

namespace assay::kernels {

CudaStatus hgemm_mma_sync(const HgemmArgs& args, CudaStream stream) {
  if (args.type == HalfType::kBF16) return hgemm_mma_sync_bf16(args, stream);
  return hgemm::mma_sync<__half>(args, stream);
}

}  // namespace assay::kernels
