// SPDX-License-Identifier: Apache-2.0
#pragma once
// The kernel behind digest(); only the files of this folder include it.
#include <cstddef>
#include <cstdint>

#include "device/cuda/stream_handle.h"

namespace assay::device::cuda {

// Adds the digest of the bytes to *sum, which lies on the device. Enqueues.
[[nodiscard]] Status launch_digest(const std::byte* device, std::int64_t bytes, std::uint64_t* sum,
                                   Stream stream);

// The program has machine code for the device. Every kernel of assay is built for the same architectures.
[[nodiscard]] bool digest_kernel_is_loadable();

}  // namespace assay::device::cuda
