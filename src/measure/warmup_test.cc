// SPDX-License-Identifier: Apache-2.0
#include "measure/warmup.h"

#include <gtest/gtest.h>

#include <cmath>

#include "measure/testing/scripted_noise.h"

namespace assay::measure {
namespace {

constexpr WarmupOptions kOptions{.budget_ns = 1'000'000'000};
using Times = std::vector<std::int64_t>;

Times quiet(std::size_t n, std::uint64_t seed = 2) {
  return testing::NoiseSeries(testing::Noise::kNormal, 0.01, 0, seed).take(n);
}

TEST(ChangePoint, FollowsPettittsFormula) {
  Times times;  // eight low, eight high: K = 64
  for (int i = 0; i < 16; ++i) times.push_back(i < 8 ? i : 100 + i);
  EXPECT_NEAR(change_point_probability(times), 2 * std::exp(-6.0 * 64 * 64 / (16 * 16 * 16 + 16 * 16)),
              1e-12);
}

TEST(ChangePoint, IsCertainlyAbsentFromEqualTimes) { EXPECT_EQ(change_point_probability(Times(30, 7)), 1); }

TEST(ChangePoint, IsSeldomSeenInNoise) {
  int seen = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed)
    seen += change_point_probability(quiet(40, seed)) <= 0.05 ? 1 : 0;
  EXPECT_LE(seen, 20 + 13);  // 5 % of 400 and three standard errors; Pettitt's formula is on the safe side
}

TEST(Warmup, SettlesAtTheFirstLookIfNothingChanges) {
  EXPECT_EQ(warmup_state(quiet(15), 0, kOptions), WarmupState::kContinue);
  EXPECT_EQ(warmup_state(quiet(16), 0, kOptions), WarmupState::kSettled);
}

TEST(Warmup, IsNotHeldUpByOneSlowFirstCall) {
  Times times = quiet(16);
  times[0] *= 100;
  EXPECT_EQ(warmup_state(times, 0, kOptions), WarmupState::kSettled);
}

TEST(Warmup, GoesOnWhileTheTimesFall) {
  Times times = quiet(36);
  for (std::size_t i = 0; i < 30; ++i) times[i] += static_cast<std::int64_t>(30 - i) * 100'000;
  const auto first = [&](std::size_t n) { return std::span<const std::int64_t>(times).first(n); };
  EXPECT_EQ(warmup_state(first(16), 0, kOptions), WarmupState::kContinue);
  EXPECT_EQ(warmup_state(first(24), 0, kOptions), WarmupState::kContinue);
  EXPECT_EQ(warmup_state(first(36), 0, kOptions), WarmupState::kContinue);
}

TEST(Warmup, SettlesOnceTheLaterHalfIsSteady) {
  Times times = quiet(36);
  for (std::size_t i = 0; i < 16; ++i) times[i] *= 2;
  const auto first = [&](std::size_t n) { return std::span<const std::int64_t>(times).first(n); };
  EXPECT_EQ(warmup_state(first(24), 0, kOptions), WarmupState::kContinue);  // calls 8 to 23
  EXPECT_EQ(warmup_state(first(36), 0, kOptions), WarmupState::kSettled);   // calls 18 to 35
}

TEST(Warmup, EndsUnsettledWithTheBudget) {
  EXPECT_EQ(warmup_state(quiet(5), 999'999'999, kOptions), WarmupState::kContinue);
  EXPECT_EQ(warmup_state(quiet(5), 1'000'000'000, kOptions), WarmupState::kOutOfBudget);
}

TEST(Warmup, OverdrawsTheBudgetForThreeCallsButNotMoreThanTwice) {
  EXPECT_EQ(warmup_state(quiet(2), 1'900'000'000, kOptions), WarmupState::kContinue);
  EXPECT_EQ(warmup_state(quiet(2), 2'000'000'000, kOptions), WarmupState::kOutOfBudget);
  EXPECT_EQ(warmup_state(quiet(3), 1'500'000'000, kOptions), WarmupState::kOutOfBudget);
}

TEST(Warmup, MakesOneCallWhateverItCosts) {
  EXPECT_EQ(warmup_state({}, 9'000'000'000, kOptions), WarmupState::kContinue);
}

}  // namespace
}  // namespace assay::measure
