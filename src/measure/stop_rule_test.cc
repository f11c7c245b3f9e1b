// SPDX-License-Identifier: Apache-2.0
#include "measure/stop_rule.h"

#include <gtest/gtest.h>

#include "measure/statistics.h"
#include "measure/testing/scripted_noise.h"

namespace assay::measure {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
const SamplePlan kNormal{std::nullopt, 5 * kSecond};

std::vector<std::int64_t> noisy(std::size_t n, double spread = 0.01) {
  return testing::NoiseSeries(testing::Noise::kNormal, spread, 0, 4).take(n);
}

TEST(StopRule, LooksAtHalfAsManySamplesAgainEachTime) {
  std::vector<std::int64_t> looks;
  for (std::int64_t n = 0; n <= 800; ++n) {
    if (is_look(n)) looks.push_back(n);
  }
  EXPECT_EQ(looks, (std::vector<std::int64_t>{100, 150, 225, 337, 505, 757}));
}

TEST(StopRule, StopsAtALookIfTheTargetIsReached) {
  EXPECT_EQ(decide(noisy(150), kSecond, kNormal, {}), Decision::kStopPrecise);
}

TEST(StopRule, AgreesWithTheStatisticsOfTheSameTimes) {
  int precise = 0;
  for (const std::size_t n : {100u, 150u, 225u, 337u}) {
    for (const double rho : {0.0, 0.5, -0.5}) {
      const auto times = testing::NoiseSeries(testing::Noise::kAutoregressive, 0.02, rho, n).take(n);
      const Statistics statistics = summarise(times);
      const double half_width = statistics.relative_half_width().value_or(0);
      for (const double target : {half_width * 0.999999, half_width, half_width * 1.000001}) {
        const bool expected = half_width > 0 && half_width <= target && statistics.effective_n >= 100;
        precise += expected ? 1 : 0;
        EXPECT_EQ(decide(times, kSecond, kNormal, {.target_half_width = target}) == Decision::kStopPrecise,
                  expected)
            << n << " " << rho << " " << target;
      }
    }
  }
  EXPECT_GE(precise, 10);
}

TEST(StopRule, DoesNotLookInBetween) {
  EXPECT_EQ(decide(noisy(99), kSecond, kNormal, {}), Decision::kContinue);
  EXPECT_EQ(decide(noisy(149), kSecond, kNormal, {}), Decision::kContinue);
  EXPECT_EQ(decide(noisy(151), kSecond, kNormal, {}), Decision::kContinue);
}

TEST(StopRule, GoesOnIfTheIntervalIsTooWide) {
  EXPECT_EQ(decide(noisy(150, 0.2), kSecond, kNormal, {}), Decision::kContinue);
}

TEST(StopRule, FollowsTheTarget) {
  StopOptions options;
  options.target_half_width = 0.1;
  EXPECT_EQ(decide(noisy(150, 0.2), kSecond, kNormal, options), Decision::kStopPrecise);
}

TEST(StopRule, GoesOnIfTheEffectiveSizeIsUnder100) {
  testing::NoiseSeries dependent(testing::Noise::kAutoregressive, 0.0001, 0.8,
                                 4);  // half-width far under 1 %
  EXPECT_EQ(decide(dependent.take(150), kSecond, kNormal, {}), Decision::kContinue);
}

TEST(StopRule, StopsWhenTheBudgetIsSpent) {
  EXPECT_EQ(decide(noisy(42), 5 * kSecond - 1, kNormal, {}), Decision::kContinue);
  EXPECT_EQ(decide(noisy(42), 5 * kSecond, kNormal, {}), Decision::kStopBudget);
}

TEST(StopRule, StopsAtTheLargestNumberOfSamples) {
  StopOptions options;
  options.max_samples = 120;
  EXPECT_EQ(decide(noisy(119), 0, kNormal, options), Decision::kContinue);
  EXPECT_EQ(decide(noisy(120), 0, kNormal, options), Decision::kStopBudget);
}

TEST(StopRule, TakesAFixedNumberOfASlowCaseWhateverItSees) {
  const SamplePlan plan{30, 15 * kSecond};
  EXPECT_EQ(decide(noisy(29), 6 * kSecond, plan, {}), Decision::kContinue);
  EXPECT_EQ(decide(noisy(30), 6 * kSecond, plan, {}), Decision::kStopFixedCount);
  EXPECT_EQ(decide(noisy(10), 15 * kSecond, plan, {}), Decision::kStopBudget);
}

TEST(SamplePlan, LetsTheRuleDecideIfAHundredSamplesFit) {
  // 4 s are left; nine of ten calls give a sample.
  const SamplePlan plan = plan_samples(4 * kSecond / 112, kSecond, {});
  EXPECT_FALSE(plan.fixed_count);
  EXPECT_EQ(plan.limit_ns, 5 * kSecond);
}

TEST(SamplePlan, FixesTheNumberThatFitsForASlowCase) {
  const SamplePlan plan = plan_samples(100'000'000, kSecond, {});
  EXPECT_EQ(plan.fixed_count, 36);
  EXPECT_EQ(plan.limit_ns, 15 * kSecond);
}

TEST(SamplePlan, AsksForTwentySamplesAtLeast) {
  EXPECT_EQ(plan_samples(2 * kSecond, kSecond, {}).fixed_count, 20);
  EXPECT_EQ(plan_samples(2 * kSecond, 9 * kSecond, {}).fixed_count, 20);
}

TEST(SamplePlan, CopesWithACallThatTakesNoTimeOnTheClock) {
  EXPECT_FALSE(plan_samples(0, 0, {}).fixed_count);
}

}  // namespace
}  // namespace assay::measure
