// SPDX-License-Identifier: Apache-2.0
#pragma once
// What timing costs when nothing is timed: the smallest step of a clock and the time of a region without
// work, both measured the way in which the sampler measures. A time near these says more about the clock than
// about the work.
#include "base/clock.h"

namespace assay::measure {

struct EmptyRegion {
  double clock_step_ns = 0;  // smallest positive difference of two readings; 0 if the clock never moved
  double median_ns = 0;      // of a timed call that does nothing
};

// Reads the clock some 20,000 times (under a millisecond).
[[nodiscard]] EmptyRegion measure_empty_region(Clock& clock);

}  // namespace assay::measure
