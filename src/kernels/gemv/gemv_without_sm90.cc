// SPDX-License-Identifier: Apache-2.0
// The variant of compute capability 9.0 in a build whose CUDA architectures leave it out.
#include "kernels/gemv/gemv_variants.h"

namespace assay::kernels::gemv {

CudaStatus launch_bulk_ring(const GemvArgs&, CudaStream) { return 801; }  // cudaErrorNotSupported

}  // namespace assay::kernels::gemv
