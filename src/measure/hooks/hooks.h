// SPDX-License-Identifier: Apache-2.0
#pragma once
// Counts what the C library is asked for while a call runs: memory (malloc and its kin, `operator new` with
// them) and executable mappings. The counting functions are in a library of their own, assay_hooks, that
// takes the place of the C library's; only executables link it. Without it, and under sanitizers (which take
// the same place), hooks() is null and the evidence is absent. Unarmed, each function costs the test of a
// flag. Not supported: other C libraries than glibc on 64-bit Linux, system calls that a program makes
// itself, and the loader's own mappings (see RegionEvidence::libraries_loaded).
#include <atomic>
#include <cstdint>

namespace assay::measure {

// Of all threads, while armed. Reset by whoever arms.
struct HookCounters {
  std::atomic<bool> armed{false};
  std::atomic<std::int64_t> allocations{0};
  std::atomic<std::int64_t> allocated_bytes{0};
  std::atomic<std::int64_t> frees{0};
  std::atomic<std::int64_t> time_ns{0};              // in both, the two readings of the clock included
  std::atomic<std::int64_t> executable_mappings{0};  // made by mmap, or changed to by mprotect
};

// The counters of this process; null if assay_hooks is not linked or cannot count here.
[[nodiscard]] HookCounters* hooks();

}  // namespace assay::measure
