// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a runner hands on: the times of the timed calls in the order they were taken, and how they were taken.
#include <cstdint>
#include <string>
#include <vector>

namespace assay::measure {

// How the core ran (measure/core_speed.h), one entry a reading. Three lists of one length.
struct CoreReadings {
  std::vector<std::int64_t> before_sample;  // index into times_ns, not falling
  std::vector<std::int64_t> chain_ns;       // more: a slower clock
  std::vector<std::int64_t> wide_ns;        // more, beyond the clock: a neighbour on the same core
};

struct Samples {
  std::int64_t calls_per_sample = 1;   // more in mode back_to_back: a time is that of all of them together
  std::vector<std::int64_t> times_ns;  // one a timed region, in order: the estimate rests on these
  std::vector<std::int64_t> checked_times_ns;  // calls whose output was poisoned before and checked after
  std::vector<std::int64_t> checked_before_sample;  // of each: index into times_ns, not falling
  CoreReadings core;                                // empty: nobody read
  std::int64_t warmup_calls = 0;                    // in neither list
  bool warmup_settled = true;  // the change-point test passed before the warm-up budget ended
  std::int64_t budget_ns = 0;  // what the stop rule could spend
  std::int64_t spent_ns = 0;   // wall time of warm-up and samples, untimed work included
  std::string stop_reason;     // "precise", "budget", "fixed-count", "interrupted"
};

}  // namespace assay::measure
