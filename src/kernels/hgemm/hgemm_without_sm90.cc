// SPDX-License-Identifier: Apache-2.0
// The rungs of compute capability 9.0 in a build whose CUDA architectures leave it out.
#include "kernels/hgemm/hgemm_rungs.h"

namespace assay::kernels {
namespace {
constexpr CudaStatus kNotSupported = 801;  // cudaErrorNotSupported
}

CudaStatus plan_wgmma_tma(const HgemmArgs&, HgemmWork&) { return kNotSupported; }
CudaStatus plan_wgmma_producer(const HgemmArgs&, HgemmWork&) { return kNotSupported; }
CudaStatus plan_wgmma_128x256(const HgemmArgs&, HgemmWork&) { return kNotSupported; }
CudaStatus plan_wgmma_persistent(const HgemmArgs&, HgemmWork&) { return kNotSupported; }
CudaStatus plan_wgmma_cluster(const HgemmArgs&, HgemmWork&) { return kNotSupported; }
CudaStatus plan_wgmma_one_wave(const HgemmArgs&, HgemmWork&) { return kNotSupported; }
CudaStatus plan_wgmma_split_k(const HgemmArgs&, HgemmWork&) { return kNotSupported; }

}  // namespace assay::kernels
