// SPDX-License-Identifier: Apache-2.0
#include "measure/core_speed.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

#include "measure/sampler.h"

namespace assay::measure {
namespace {

// Intervals take the scripted times, one after the other; each is read at its begin and its end.
class IntervalClock final : public Clock {
 public:
  explicit IntervalClock(std::vector<std::int64_t> intervals_ns) : intervals_ns_(std::move(intervals_ns)) {}
  std::int64_t now_ns() override {
    if (reading_ % 2 == 1) now_ns_ += intervals_ns_.at(reading_ / 2);
    reading_ += 1;
    return now_ns_;
  }

 private:
  std::vector<std::int64_t> intervals_ns_;
  std::size_t reading_ = 0;
  std::int64_t now_ns_ = 0;
};

TEST(CoreReading, TimesTheChainAndThenTheWideLoop) {
  IntervalClock clock({2'500, 3'100});
  const CoreReading reading = read_core(clock);
  EXPECT_EQ(reading.chain_ns, 2'500);
  EXPECT_EQ(reading.wide_ns, 3'100);
}

// Every look at the clock takes 100 us, every call 1 ms.
class SlowClock final : public Clock {
 public:
  std::int64_t now_ns() override { return now_ns_ += 100'000; }
  void advance_ns(std::int64_t ns) { now_ns_ += ns; }

 private:
  std::int64_t now_ns_ = 0;
};
class MillisecondRunner final : public Runner {
 public:
  explicit MillisecondRunner(SlowClock& clock) : clock_(clock) {}
  Result<void> restore() override { return {}; }
  Result<void> call() override {
    clock_.advance_ns(1'000'000);
    return {};
  }

 private:
  SlowClock& clock_;
};

TEST(CoreReadings, AreTakenBetweenTheSamplesAndNotInsideThem) {
  SlowClock clock;
  MillisecondRunner runner(clock);
  OutputEvidence output;
  const auto samples = sample(runner, clock, {.check_fraction = 0, .read_core = true}, output);
  ASSERT_TRUE(samples);
  const CoreReadings& core = samples->core;
  ASSERT_GT(core.chain_ns.size(), 30u);
  EXPECT_EQ(core.chain_ns.size(), core.before_sample.size());
  EXPECT_EQ(core.wide_ns.size(), core.before_sample.size());
  EXPECT_EQ(core.before_sample.front(), 0);
  EXPECT_LE(core.before_sample.back(), static_cast<std::int64_t>(samples->times_ns.size()));
  for (const std::int64_t time : samples->times_ns) EXPECT_EQ(time, 1'100'000);
}

TEST(CoreReadings, AreNotTakenUnlessAskedFor) {
  SlowClock clock;
  MillisecondRunner runner(clock);
  OutputEvidence output;
  EXPECT_TRUE(sample(runner, clock, {}, output)->core.chain_ns.empty());
}

}  // namespace
}  // namespace assay::measure
