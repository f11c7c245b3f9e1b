// SPDX-License-Identifier: Apache-2.0
#include "measure/mean_interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "measure/testing/scripted_noise.h"

namespace assay::measure {
namespace {

using testing::kTrueMedian_ns;
using testing::Noise;
using testing::NoiseSeries;

// Share of 300 series whose interval holds the true mean: that of the noise, which is the median's for
// symmetric noise.
double coverage(Noise noise, double rho, std::size_t n, double true_mean) {
  int held = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const auto times = NoiseSeries(noise, 0.05, rho, seed).take(n);
    const auto summary = summarise(times);
    const auto interval = mean_interval(times, static_cast<double>(n) / summary.effective_n);
    held += interval && interval->lower <= true_mean && true_mean <= interval->upper ? 1 : 0;
  }
  return held / 300.0;
}

TEST(MeanInterval, HoldsTheMeanOfIndependentAndOfDependentSamples) {
  // 95 % are claimed; blocks are few, so that some per cent are lost. Three standard errors of 300 runs are 4
  // points.
  EXPECT_NEAR(coverage(Noise::kNormal, 0, 1000, kTrueMedian_ns), 0.95, 0.04);
  EXPECT_NEAR(coverage(Noise::kAutoregressive, 0.5, 1000, kTrueMedian_ns), 0.935, 0.045);
  EXPECT_NEAR(coverage(Noise::kAutoregressive, 0.9, 4000, kTrueMedian_ns), 0.93, 0.05);
}

TEST(MeanInterval, IsWiderThanThatOfShuffledSamplesWhereNeighboursResembleEachOther) {
  const auto times = NoiseSeries(Noise::kAutoregressive, 0.05, 0.9, 3).take(4000);
  const auto by_blocks = mean_interval(times, 19);
  const auto one_by_one = mean_interval(times, 0.01);  // blocks of 16: too short for this noise
  ASSERT_TRUE(by_blocks && one_by_one);
  EXPECT_GT(by_blocks->upper - by_blocks->lower, 1.2 * (one_by_one->upper - one_by_one->lower));
}

TEST(MeanInterval, NeedsTwentyBlocks) {
  const auto times = NoiseSeries(Noise::kNormal, 0.05, 0, 1).take(400);
  EXPECT_TRUE(mean_interval(times, 5));
  EXPECT_FALSE(mean_interval(times, 5.1));
  EXPECT_FALSE(mean_interval(std::vector<std::int64_t>(19, 1), 0.1));
}

TEST(MeanInterval, OfEqualSamplesIsTheirValue) {
  const auto interval = mean_interval(std::vector<std::int64_t>(100, 1'000'000'007), 1);
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->lower, 1'000'000'007);
  EXPECT_EQ(interval->upper, 1'000'000'007);
}

}  // namespace
}  // namespace assay::measure
