// SPDX-License-Identifier: Apache-2.0
// Which mode makes the headline, and how many calls a region holds, on a scripted clock.
#include "measure/modes.h"

#include <gtest/gtest.h>

#include <string>

namespace assay::measure {
namespace {

constexpr EmptyRegion kEmpty{.clock_step_ns = 10, .median_ns = 30};

class ScriptedRunner final : public Runner {
 public:
  ScriptedRunner(ScriptedClock& clock, std::int64_t call_ns) : clock_(clock), call_ns_(call_ns) {}
  Result<void> restore() override {
    calls_since_restore = 0;
    return {};
  }
  Result<void> call() override {
    clock_.advance_ns(call_ns_);
    most_calls_in_a_row = std::max(most_calls_in_a_row, ++calls_since_restore);
    return {};
  }
  Result<void> check(OutputEvidence& evidence) override {
    ++evidence.calls_checked;
    return {};
  }
  std::string why_not_repeat() const override { return reason; }

  std::string reason;
  std::int64_t calls_since_restore = 0;
  std::int64_t most_calls_in_a_row = 0;

 private:
  ScriptedClock& clock_;
  std::int64_t call_ns_;
};

struct Outcome {
  ModesResult modes;
  OutputEvidence output;
  std::int64_t most_calls_in_a_row = 0;
};

Outcome run(std::int64_t call_ns, const std::string& why_not_repeat = "",
            std::int64_t budget_ns = 5'000'000'000) {
  ScriptedClock clock;
  ScriptedRunner runner(clock, call_ns);
  runner.reason = why_not_repeat;
  SamplerOptions options;
  options.budget_ns = budget_ns;
  Outcome outcome;
  auto modes = measure_modes(runner, clock, kEmpty, options, outcome.output);
  EXPECT_TRUE(modes) << modes.error().message;
  outcome.modes = std::move(*modes);
  outcome.most_calls_in_a_row = runner.most_calls_in_a_row;
  return outcome;
}

TEST(MeasureModes, MakesTheHeadlineOfSingleCallsThatTheClockCanTime) {
  const Outcome o = run(1'000'000);
  EXPECT_EQ(o.modes.headline.mode, "isolated");
  EXPECT_FALSE(o.modes.headline.too_short);
  EXPECT_EQ(o.modes.headline.samples.calls_per_sample, 1);
  ASSERT_EQ(o.modes.others.size(), 1u);
  EXPECT_EQ(o.modes.others[0].mode, "back_to_back");
  EXPECT_EQ(o.modes.others[0].samples.calls_per_sample, 2);
  EXPECT_DOUBLE_EQ(o.modes.others[0].statistics.median_ns, 1e6);
}

TEST(MeasureModes, MakesTheHeadlineOfManyCallsWhereOneIsTooShort) {
  const Outcome o = run(20);
  EXPECT_EQ(o.modes.headline.mode, "back_to_back");
  EXPECT_FALSE(o.modes.headline.too_short);
  EXPECT_EQ(o.modes.headline.samples.calls_per_sample, 500);  // 10 us
  EXPECT_EQ(o.most_calls_in_a_row, 500);
  EXPECT_EQ(o.modes.headline.samples.times_ns.front(), 10'000);
  ASSERT_EQ(o.modes.others.size(), 1u);
  EXPECT_EQ(o.modes.others[0].mode, "isolated");
  EXPECT_TRUE(o.modes.others[0].too_short);
}

TEST(MeasureModes, GivesStatisticsOfOneCall) {
  const Statistics s = run(20).modes.headline.statistics;
  EXPECT_DOUBLE_EQ(s.median_ns, 20);
  EXPECT_DOUBLE_EQ(s.mean_ns, 20);
  EXPECT_DOUBLE_EQ(s.min_ns, 20);
  EXPECT_DOUBLE_EQ(s.max_ns, 20);
  ASSERT_TRUE(s.median_interval);
  EXPECT_DOUBLE_EQ(s.median_interval->lower, 20);
  EXPECT_DOUBLE_EQ(s.median_interval->upper, 20);
}

TEST(MeasureModes, ChecksOutputsInBothModes) {
  const Outcome o = run(20);
  EXPECT_EQ(o.output.calls_checked,
            static_cast<std::int64_t>(o.modes.headline.samples.checked_times_ns.size() +
                                      o.modes.others[0].samples.checked_times_ns.size()));
}

TEST(MeasureModes, SaysWhyCallsCannotFollowEachOther) {
  const Outcome o = run(20, "'y' is put back before every call");
  EXPECT_EQ(o.modes.headline.mode, "isolated");
  EXPECT_TRUE(o.modes.headline.too_short);
  ASSERT_EQ(o.modes.others.size(), 1u);
  EXPECT_EQ(o.modes.others[0].unavailable, "'y' is put back before every call");
  EXPECT_EQ(o.most_calls_in_a_row, 1);
}

TEST(MeasureModes, LeavesTheSecondModeOutOfASlowCase) {
  const Outcome o = run(100'000'000, "", 2'000'000'000);
  EXPECT_EQ(o.modes.headline.mode, "isolated");
  ASSERT_EQ(o.modes.others.size(), 1u);
  EXPECT_NE(o.modes.others[0].unavailable.find("do not fit"), std::string::npos);
}

TEST(IsTooShort, FollowsTheCoarserOfStepAndEmptyRegion) {
  EXPECT_TRUE(is_too_short(999, {.clock_step_ns = 10, .median_ns = 1}));
  EXPECT_FALSE(is_too_short(1000, {.clock_step_ns = 10, .median_ns = 1}));
  EXPECT_TRUE(is_too_short(299, {.clock_step_ns = 0, .median_ns = 30}));
  EXPECT_FALSE(is_too_short(300, {.clock_step_ns = 0, .median_ns = 30}));
}

}  // namespace
}  // namespace assay::measure
