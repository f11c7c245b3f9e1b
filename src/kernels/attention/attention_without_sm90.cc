// SPDX-License-Identifier: Apache-2.0
// The variants of compute capability 9.0 in a build whose CUDA architectures leave it out.
#include "kernels/attention/attention_cuda_variants.h"

namespace assay::kernels::attention {
namespace {
constexpr CudaStatus kNotSupported = 801;  // cudaErrorNotSupported
}

CudaStatus make_prefill_wgmma(const PrefillArgs&, PrefillWork&) { return kNotSupported; }
CudaStatus make_prefill_wgmma_64_rows(const PrefillArgs&, PrefillWork&) { return kNotSupported; }

}  // namespace assay::kernels::attention
