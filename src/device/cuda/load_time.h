// SPDX-License-Identifier: Apache-2.0
#pragma once
// The kernel behind load_ns() of memory.h.
#include <cstddef>
#include <cstdint>

#include "device/cuda/stream_handle.h"

namespace assay::device::cuda {

// Enqueues dependent loads of `count` words, each `step` bytes (a multiple of 4) behind the one before; their
// time comes to `ns` on the device.
[[nodiscard]] Status launch_walk(const std::byte* begin, std::int64_t step, std::int32_t count,
                                 std::int64_t* ns, Stream stream);

}  // namespace assay::device::cuda
