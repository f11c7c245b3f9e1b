// SPDX-License-Identifier: Apache-2.0
#include "measure/empty_region.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "measure/runner.h"

namespace assay::measure {
namespace {

constexpr int kRepetitions = 10'000;

class DoesNothing final : public Runner {
 public:
  Result<void> restore() override { return {}; }
  Result<void> call() override { return {}; }
};

std::int64_t smallest_step_ns(Clock& clock) {
  std::int64_t smallest = 0;
  std::int64_t last = clock.now_ns();
  for (int i = 0; i < kRepetitions; ++i) {
    const std::int64_t now = clock.now_ns();
    const std::int64_t step = now - last;
    if (step > 0 && (smallest == 0 || step < smallest)) smallest = step;
    last = now;
  }
  return smallest;
}

// Through the virtual call, as in the sampler: its cost is part of the region.
std::int64_t empty_call_ns(Clock& clock, Runner& runner) {
  std::vector<std::int64_t> times(kRepetitions);
  for (std::int64_t& time : times) {
    const std::int64_t begin_ns = clock.now_ns();
    const Result<void> called = runner.call();
    const std::int64_t end_ns = clock.now_ns();
    time = called ? end_ns - begin_ns : 0;
  }
  const auto middle = times.begin() + kRepetitions / 2;
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

}  // namespace

EmptyRegion measure_empty_region(Clock& clock) {
  DoesNothing nothing;
  EmptyRegion region;
  region.clock_step_ns = static_cast<double>(smallest_step_ns(clock));
  region.median_ns = static_cast<double>(empty_call_ns(clock, nothing));
  return region;
}

}  // namespace assay::measure
