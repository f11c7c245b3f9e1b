// SPDX-License-Identifier: Apache-2.0
#pragma once
// Measures the ceilings of this machine: how fast memory can be read, written and both by working set and
// threads, how fast the arithmetic units go, what a barrier costs. Several kernels try each point on random
// bits and the best repetition of the best kernel counts, as a ceiling that is too low makes every percentage
// of it a lie. Not supported: latency; mixes of reads and writes other than 1:0, 2:1, 1:1 and 0:1
// (Limits::for_mix lies between them).
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "measure/limits.h"

namespace assay::kernels {

struct LimitsOptions {
  std::vector<std::int64_t> sizes_bytes = {16 << 10, 256 << 10, 1 << 20,   4 << 20,
                                           16 << 20, 64 << 20,  128 << 20, 256 << 20};
  std::vector<int> threads;                // empty: 1, and all CPUs that the process may use
  std::int64_t budget_ns = 5'000'000'000;  // stop after the round in which this is spent ...
  int min_rounds = 5;                      // ... but every point is tried so many times at least
  int max_rounds = 60;
};

// `fraction` of the work done, in [0, 1], and what is being measured.
using LimitsProgress = std::function<void(double fraction, std::string_view what)>;

// Runs the probes and fills everything in Limits. Takes about the budget and half a second more.
// Errors: kInvalidArgument for a size under 16 KiB or over 16 GiB, a thread count under 1 or rounds under 1;
// kUnavailable if memory or threads cannot be had.
[[nodiscard]] Result<measure::Limits> measure_limits(const LimitsOptions& options, Clock& clock,
                                                     const LimitsProgress& progress = {});

}  // namespace assay::kernels
