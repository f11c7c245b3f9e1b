// SPDX-License-Identifier: Apache-2.0
#include "measure/empty_region.h"

#include <gtest/gtest.h>

namespace assay::measure {
namespace {

// Each reading takes 17 ns; what it shows is a whole number of steps of 5 ns.
class CoarseClock final : public Clock {
 public:
  std::int64_t now_ns() override {
    time_ns_ += 17;
    return time_ns_ / 5 * 5;
  }

 private:
  std::int64_t time_ns_ = 0;
};

TEST(EmptyRegion, IsWhatTwoReadingsOfTheClockCost) {
  CoarseClock clock;
  const EmptyRegion region = measure_empty_region(clock);
  EXPECT_EQ(region.clock_step_ns, 15);
  EXPECT_EQ(region.median_ns, 15);
}

TEST(EmptyRegion, IsZeroOnAClockThatDoesNotMove) {
  ScriptedClock clock;
  const EmptyRegion region = measure_empty_region(clock);
  EXPECT_EQ(region.clock_step_ns, 0);
  EXPECT_EQ(region.median_ns, 0);
}

}  // namespace
}  // namespace assay::measure
