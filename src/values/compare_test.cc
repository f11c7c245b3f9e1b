// SPDX-License-Identifier: Apache-2.0
#include "values/compare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace assay::values {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Comparison compare_lists(std::vector<double> got, std::vector<double> reference, const Tolerance& tolerance) {
  return compare(std::vector<float>(got.begin(), got.end()), reference, tolerance);
}

TEST(Compare, AllowsRoundingOfTheOutputAndOfTheSum) {
  const Tolerance tolerance{.eps_out = 0.01, .eps_acc = 0.001, .terms = 100, .term_rms = 2, .k = 4};
  EXPECT_DOUBLE_EQ(tolerance.allowed(-10), 0.01 * 10 + 4 * 0.001 * 10 * 2);
  EXPECT_TRUE(compare_lists({-10.17}, {-10}, tolerance).passed);
  EXPECT_FALSE(compare_lists({-10.19}, {-10}, tolerance).passed);
}

TEST(Compare, TellsTheWorstPlaceInTolerances) {
  const Tolerance tolerance{.eps_out = 0.5};
  const Comparison result = compare_lists({1, 4, 2, 1}, {1, 2, 1, 1}, tolerance);
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.index, 1u);
  EXPECT_DOUBLE_EQ(result.worst, 2);
  EXPECT_EQ(result.to_string(), "worst error is 2 tolerances at 1: got 4, expected 2, allowed 1");
}

TEST(Compare, FailsAtTheFirstNaNEvenAfterAWorseLookingError) {
  const Tolerance tolerance{.eps_out = 1e-3};
  const Comparison result = compare_lists({kInfinity, 5, kNaN, kNaN}, {1, 1, 1, 1}, tolerance);
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.index, 2u);
  EXPECT_FALSE(compare_lists({1}, {kNaN}, tolerance).passed);
}

TEST(Compare, AcceptsNaNForNaNAndInfinityForInfinity) {
  EXPECT_TRUE(compare_lists({kNaN, kInfinity, -kInfinity}, {kNaN, kInfinity, -kInfinity}, {}).passed);
  EXPECT_FALSE(compare_lists({kInfinity}, {-kInfinity}, {.eps_out = 1}).passed);
  EXPECT_FALSE(compare_lists({1}, {kInfinity}, {.eps_out = 1}).passed);
}

TEST(Compare, WantsEqualityWhereNothingIsAllowed) {
  EXPECT_TRUE(compare_lists({0, -0.0}, {0, 0}, {.eps_out = 1}).passed);
  EXPECT_FALSE(compare_lists({1e-30}, {0}, {.eps_out = 1}).passed);
  EXPECT_TRUE(compare_lists({}, {}, {}).passed);
}

TEST(Compare, TakesAScaleForEveryElement) {
  const std::vector<float> got{1.5f, 1.5f};
  const std::vector<double> reference{1, 1}, scales{1, 0.1};
  const Comparison result = compare(got, reference, scales, {.eps_acc = 0.25, .terms = 1, .k = 4});
  EXPECT_EQ(result.index, 1u);
  EXPECT_DOUBLE_EQ(result.worst, 5);
}

// What the bound is for: a sum in float passes, the same sum without its last term does not.
TEST(Compare, CatchesAMissingLastTerm) {
  constexpr int kTerms = 1000;
  double exact = 0, squares = 0;
  float sum = 0, short_sum = 0;
  for (int i = 0; i < kTerms; ++i) {
    const float term = std::sin(static_cast<float>(i + 1));
    short_sum = sum;
    sum += term;
    exact += term;
    squares += static_cast<double>(term) * term;
  }
  const double unit = rounding_unit(DType::kF32);
  const Tolerance tolerance{
      .eps_out = unit, .eps_acc = unit, .terms = kTerms, .term_rms = std::sqrt(squares / kTerms)};
  EXPECT_TRUE(compare_lists({sum}, {exact}, tolerance).passed);
  EXPECT_FALSE(compare_lists({short_sum}, {exact}, tolerance).passed);
}

}  // namespace
}  // namespace assay::values
