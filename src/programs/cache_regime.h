// SPDX-License-Identifier: Apache-2.0
#pragma once
// Makes buffers cold, and tells whether they are. Not supported: memory that a variant keeps beside its
// buffers (repacked weights, tables): it stays as warm as it was, so an entry with such variants should not
// offer the regime `cold`. x86-64 only, like the rest of the program.
#include <cstddef>
#include <optional>
#include <span>

#include "assay/buffer.h"

namespace assay::programs {

// Writes back and evicts every line of the buffer from all caches, with clflushopt where the CPU has it.
// Lines are gone when it returns.
void flush(std::span<const std::byte> bytes);

// Nanoseconds of one load out of a chain of dependent loads, each of another line of the buffers, in an order
// that no prefetcher follows. Up to 256 lines that repeat from run to run; each is read once, so they are
// warm afterwards. Nothing if the buffers have fewer than 4 lines. Reads the system's clock.
[[nodiscard]] std::optional<double> time_of_a_load_ns(Buffers buffers);

}  // namespace assay::programs
