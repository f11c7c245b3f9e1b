// SPDX-License-Identifier: Apache-2.0
#pragma once
// The inner loops of the ceilings, one function for each way of reading, copying and computing.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "device/cpu_features.h"

namespace assay::kernels::ceiling {

// Streams of `size` bytes each, a multiple of 1024, aligned to 64.
struct Streams {
  const std::byte* source = nullptr;
  const std::byte* second = nullptr;  // of `add`
  std::byte* target = nullptr;
  std::int64_t size = 0;
};

// Walks once through all bytes of as many sources and targets as it has. Returns a value that depends on what
// was read, so that no compiler can leave the work out.
struct MemoryProbe {
  std::string_view kind;  // "read", "add" (two sources, one target), "copy", "write"
  std::string_view name;  // "avx2", "avx2_prefetch", ...
  device::Isa isa;
  std::uint64_t (*run)(const Streams& streams);

  [[nodiscard]] int sources() const { return kind == "write" ? 0 : kind == "add" ? 2 : 1; }
  [[nodiscard]] int targets() const { return kind == "read" ? 0 : 1; }
};
[[nodiscard]] std::span<const MemoryProbe> memory_probes();

// Runs `iterations` rounds of arithmetic that fills the units and touches no memory.
struct ComputeProbe {
  std::string_view kind;  // "f32-fma", "i8-dot"
  std::string_view name;
  device::Isa isa;
  std::int64_t operations;  // of one round: a multiplication and an addition are two
  float (*run)(std::int64_t iterations, std::uint32_t seed);
};
[[nodiscard]] std::span<const ComputeProbe> compute_probes();

}  // namespace assay::kernels::ceiling
