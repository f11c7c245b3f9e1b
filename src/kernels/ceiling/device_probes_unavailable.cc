// SPDX-License-Identifier: Apache-2.0
// The probes of a device in a build without CUDA: none.
#include "kernels/ceiling/device_probes.h"

namespace assay::kernels::ceiling {

std::span<const DeviceMemoryProbe> device_memory_probes() { return {}; }
std::span<const DeviceMemoryProbe> device_bulk_probes() { return {}; }
std::span<const DeviceComputeProbe> device_compute_probes() { return {}; }
std::span<const DeviceComputeProbe> device_wgmma_probes() { return {}; }
Status launch_random_operands(std::byte*, std::int64_t, OperandType, Stream) { return 1; }
Status launch_grid_barriers(unsigned*, int, int, Stream) { return 1; }

}  // namespace assay::kernels::ceiling
