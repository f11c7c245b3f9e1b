// SPDX-License-Identifier: Apache-2.0
#include "engine/logits_distance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace assay::engine {
namespace {

TEST(LogitsDistance, IsZeroForEqualRows) {
  const std::vector<float> row{1, 2, 3, 4};
  const LogitsDistance distance = logits_distance(row, row, 2);
  EXPECT_EQ(distance.rows, 2);
  EXPECT_EQ(distance.relative_rms, 0.0);
  EXPECT_EQ(distance.same_argmax, 2);
  EXPECT_EQ(distance.wrong_argmax, 0);
}

TEST(LogitsDistance, IsRelativeToTheSpreadOfTheReference) {
  // Deviations +-1 and differences of 0.1: ten per cent, wherever the mean lies.
  const std::vector<float> reference{101, 99, 101, 99}, candidate{101.1f, 98.9f, 101.1f, 98.9f};
  const LogitsDistance distance = logits_distance(reference, candidate, 4);
  EXPECT_NEAR(distance.relative_rms, 0.1, 1e-4);
  EXPECT_NEAR(distance.worst_row, 0.1, 1e-4);
}

TEST(LogitsDistance, PoolsRowsAndKeepsTheWorst) {
  const std::vector<float> reference{1, -1, 1, -1}, candidate{1, -1, 1.3f, -1.3f};
  const LogitsDistance distance = logits_distance(reference, candidate, 2);
  EXPECT_NEAR(distance.relative_rms, 0.3 / std::sqrt(2.0), 1e-6);
  EXPECT_NEAR(distance.worst_row, 0.3, 1e-6);
}

TEST(LogitsDistance, ExcusesAnotherArgmaxOnlyWhereTheLeadIsSmall) {
  // The lead of the first logit is 0.1, the differences are 0.1 twice among four: 0.07 root mean square.
  const std::vector<float> close{1.0f, 0.9f, 0, 0}, exchanged{0.9f, 1.0f, 0, 0};
  EXPECT_EQ(logits_distance(close, exchanged, 4).same_argmax, 0);
  EXPECT_EQ(logits_distance(close, exchanged, 4).wrong_argmax, 0);
  // A lead of 5 against differences of 5 and 0.1 among 100.
  std::vector<float> clear(100, 0.0f), other(100, 0.0f);
  clear[0] = 5.0f;
  other[1] = 0.1f;
  EXPECT_EQ(logits_distance(clear, other, 100).wrong_argmax, 1);
}

TEST(LogitsDistance, IsNeverWithinABoundIfALogitIsNoNumber) {
  const std::vector<float> reference{1, 2};
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    EXPECT_FALSE(logits_distance(reference, std::vector<float>{1, bad}, 2).within(1e9));
    EXPECT_FALSE(logits_distance(std::vector<float>{1, bad}, reference, 2).within(1e9));
  }
}

TEST(LogitsDistance, TakesNoRows) { EXPECT_TRUE(logits_distance({}, {}, 7).within(0)); }

}  // namespace
}  // namespace assay::engine
