// SPDX-License-Identifier: Apache-2.0
// The probes of compute capability 9.0 in a build whose CUDA architectures leave it out: none.
#include "kernels/ceiling/device_probes.h"

namespace assay::kernels::ceiling {

std::span<const DeviceMemoryProbe> device_bulk_probes() { return {}; }
std::span<const DeviceComputeProbe> device_wgmma_probes() { return {}; }

}  // namespace assay::kernels::ceiling
