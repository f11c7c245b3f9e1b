// SPDX-License-Identifier: Apache-2.0
#include "checks/pattern.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"
#include "checks/two_levels.h"

namespace assay::checks {
namespace {

std::vector<double> noise(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<double> values(count);
  for (double& value : values) value = 100 + random.normal();
  return values;
}

TEST(Pattern, FindsAStepWhereItIs) {
  std::vector<double> values = noise(100, 1);
  for (std::size_t i = 60; i < 100; ++i) values[i] += 5;
  const auto pattern = find_pattern(values);
  ASSERT_TRUE(pattern);
  EXPECT_EQ(pattern->kind, PatternKind::kStep);
  EXPECT_EQ(pattern->place, 60);
  EXPECT_LT(pattern->shape.front(), 0);
  EXPECT_GT(pattern->shape.back(), 0);
}

TEST(Pattern, FindsATrend) {
  std::vector<double> values = noise(200, 2);
  for (std::size_t i = 0; i < 200; ++i) values[i] += 0.05 * static_cast<double>(i);
  const auto pattern = find_pattern(values);
  ASSERT_TRUE(pattern);
  EXPECT_EQ(pattern->kind, PatternKind::kTrend);
  EXPECT_NEAR(pattern->shape.back() - pattern->shape.front(), 10, 1);
}

TEST(Pattern, FindsThePeriodOfAnAlternation) {
  std::vector<double> values = noise(120, 3);
  for (std::size_t i = 0; i < 120; i += 2) values[i] += 5;
  const auto pattern = find_pattern(values);
  ASSERT_TRUE(pattern);
  EXPECT_EQ(pattern->kind, PatternKind::kAlternation);
  EXPECT_DOUBLE_EQ(pattern->place, 2);
}

TEST(Pattern, SaysNothingOfFewOrEqualValues) {
  EXPECT_FALSE(find_pattern(noise(15, 4)));
  EXPECT_FALSE(find_pattern(std::vector<double>(100, 3.0)));
}

TEST(Pattern, SurvivesAPatternWithoutNoise) {
  std::vector<double> values(64, 10.0);
  for (std::size_t i = 32; i < 64; ++i) values[i] = 11;
  const auto pattern = find_pattern(values);
  ASSERT_TRUE(pattern);
  EXPECT_GT(pattern->evidence, 100);
}

TEST(Winsorised, BringsInTheFarValuesOnly) {
  std::vector<double> values = {10, 11, 12,
                                13, 14, 1000};  // median 13, median deviation 2 (upper of the middle)
  values = winsorised(values);
  EXPECT_EQ(values[0], 10);
  EXPECT_NEAR(values[5], 13 + 5 * 1.4826 * 2, 1e-9);
}

TEST(TwoLevels, FindsLevelsInRandomOrder) {
  Random random(5);
  std::vector<std::int64_t> values;
  for (int i = 0; i < 200; ++i) {
    values.push_back(
        static_cast<std::int64_t>(1e6 + 1e3 * random.normal() + (random.below(4) == 0 ? 10e3 : 0)));
  }
  const auto levels = find_two_levels(values);
  ASSERT_TRUE(levels);
  EXPECT_NEAR(levels->lower, 1e6, 500);
  EXPECT_NEAR(levels->upper, 1.01e6, 500);
  EXPECT_NEAR(levels->upper_share, 0.25, 0.1);
}

TEST(TwoLevels, TakesNeighbouringStepsOfACoarseClockForOneLevel) {
  std::vector<std::int64_t> values(200, 1000);
  for (std::size_t i = 0; i < 100; ++i) values[i] = 1010;
  EXPECT_FALSE(find_two_levels(values));
}

TEST(TwoLevels, IgnoresAFewSlowCalls) {
  Random random(6);
  std::vector<std::int64_t> values;
  for (int i = 0; i < 200; ++i) values.push_back(static_cast<std::int64_t>(1e6 + 1e3 * random.normal()));
  for (std::size_t i = 0; i < 10; ++i) values[i * 17] *= 10;
  EXPECT_FALSE(find_two_levels(values));
}

}  // namespace
}  // namespace assay::checks
