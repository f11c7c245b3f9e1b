// SPDX-License-Identifier: Apache-2.0
#include "measure/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "measure/testing/coverage.h"
#include "measure/testing/scripted_noise.h"

namespace assay::measure {
namespace {

using testing::Coverage;
using testing::CoverageSetup;
using testing::Noise;
using testing::NoiseSeries;
using Times = std::vector<std::int64_t>;

Times one_to(std::int64_t n) {
  Times times(static_cast<std::size_t>(n));
  std::iota(times.begin(), times.end(), 1);
  return times;
}

TEST(Median, IsTheMiddleOrTheMeanOfTheTwoMiddleSamples) {
  EXPECT_EQ(summarise(Times{5, 1, 9}).median_ns, 5);
  EXPECT_EQ(summarise(Times{5, 1, 9, 6}).median_ns, 5.5);
  EXPECT_EQ(summarise(Times{7}).median_ns, 7);
}

TEST(Summary, GivesMeanAndExtremes) {
  const Statistics statistics = summarise(Times{5, 1, 9, 6});
  EXPECT_EQ(statistics.n, 4);
  EXPECT_EQ(statistics.mean_ns, 5.25);
  EXPECT_EQ(statistics.min_ns, 1);
  EXPECT_EQ(statistics.max_ns, 9);
}

TEST(MedianRanks, AreThoseOfTheBinomialDistribution) {
  // Published tables of the distribution-free interval of the median, 95 %: ranks (1-based) 1..6 of 6, 2..9
  // of 10, 6..15 of 20, 18..33 of 50, 40..61 of 100.
  const auto zero_based = [](std::int64_t lower, std::int64_t upper) {
    return RankInterval{lower - 1, upper - 1};
  };
  EXPECT_EQ(median_ranks(6, 6, 0.95), zero_based(1, 6));
  EXPECT_EQ(median_ranks(10, 10, 0.95), zero_based(2, 9));
  EXPECT_EQ(median_ranks(20, 20, 0.95), zero_based(6, 15));
  EXPECT_EQ(median_ranks(50, 50, 0.95), zero_based(18, 33));
  EXPECT_EQ(median_ranks(100, 100, 0.95), zero_based(40, 61));
  EXPECT_EQ(median_ranks(7, 7, 0.95), zero_based(1, 7));
}

TEST(MedianRanks, CoverAtLeastTheConfidenceAndNoRankLessWould) {
  for (std::int64_t n = 6; n <= 400; ++n) {
    const auto ranks = median_ranks(static_cast<double>(n), n, 0.95);
    ASSERT_TRUE(ranks) << n;
    ASSERT_EQ(ranks->lower + ranks->upper, n - 1) << n;
    double pmf = std::pow(0.5, static_cast<double>(n));  // of Binomial(n, 1/2), added up from 0
    double below = 0;                                    // P(B <= lower)
    double below_narrower = 0;
    for (std::int64_t k = 0; k <= ranks->lower + 1; ++k) {
      if (k <= ranks->lower) below += pmf;
      below_narrower += pmf;
      pmf *= static_cast<double>(n - k) / static_cast<double>(k + 1);
    }
    EXPECT_GE(1 - 2 * below, 0.95 - 1e-12) << n;
    EXPECT_LT(1 - 2 * below_narrower, 0.95) << n;
  }
}

TEST(MedianRanks, DoNotExistForFewerThanSixSamples) {
  EXPECT_FALSE(median_ranks(5, 5, 0.95));
  EXPECT_FALSE(median_ranks(5.9, 100, 0.95));
}

TEST(MedianRanks, WidenAsSamplesDependOnEachOther) {
  // 100 reach 10.5 ranks from the middle; 400 that are worth 100 reach four times as far, rounded outwards.
  EXPECT_EQ(median_ranks(100, 400, 0.95), (RankInterval{157, 242}));
}

TEST(MedianRanks, StandForManySamplesToo) {
  const auto ranks = median_ranks(100'000, 100'000, 0.95);
  ASSERT_TRUE(ranks);
  EXPECT_NEAR(static_cast<double>(ranks->upper - ranks->lower) / 2, 1.96 * std::sqrt(100'000.0) / 2, 2);
}

TEST(EffectiveSize, IsAboutTheNumberOfIndependentSamples) {
  NoiseSeries series(Noise::kLogNormal, 1, 0, 3);
  EXPECT_NEAR(effective_size_for_median(series.take(4000)), 4000, 400);
}

TEST(EffectiveSize, FollowsTheTheoryForDependentSamples) {
  // The indicators x <= median of AR(1) noise have the autocorrelation 2/pi asin(rho^k).
  for (const double rho : {0.5, 0.9, -0.5}) {
    double time = 1;
    for (int k = 1; k < 300; ++k) time += 4 / 3.14159265358979 * std::asin(std::pow(rho, k));
    NoiseSeries series(Noise::kAutoregressive, 0.05, rho, 5);
    EXPECT_NEAR(effective_size_for_median(series.take(20'000)), 20'000 / time, 0.15 * 20'000 / time) << rho;
  }
}

TEST(EffectiveSize, IsAtMostTwiceTheSamplesIfTheyAlternate) {
  Times times;
  for (int i = 0; i < 100; ++i) times.push_back(i % 2 == 0 ? 1000 + i : 2000 + i);
  EXPECT_EQ(effective_size_for_median(times), 200);
}

TEST(EffectiveSize, IsSmallForASeriesThatOnlyGrows) { EXPECT_LT(effective_size_for_median(one_to(1000)), 3); }

TEST(EffectiveSize, CountsEqualSamplesAsTheyAre) {
  EXPECT_EQ(effective_size_for_median(Times(50, 1000)), 50);
}

TEST(EffectiveSize, SeesDependenceOnACoarseClock) {
  NoiseSeries series(Noise::kAutoregressive, 0.05, 0.9, 5);
  Times fine = series.take(5000);
  Times coarse = fine;
  for (std::int64_t& time : coarse)
    time = (time + 50'000) / 100'000 * 100'000;  // steps of 10 %: two or three values
  EXPECT_LT(effective_size_for_median(coarse), 2 * effective_size_for_median(fine));
}

TEST(Interval, IsAbsentUnderAnEffectiveSizeOf30) {
  NoiseSeries series(Noise::kAutoregressive, 0.05, 0.98, 5);
  const Statistics statistics = summarise(series.take(300));
  EXPECT_LT(statistics.effective_n, 30);
  EXPECT_FALSE(statistics.median_interval);
  EXPECT_FALSE(statistics.relative_half_width());
  EXPECT_FALSE(summarise(Times{1, 2, 3}).median_interval);
}

TEST(Interval, TakesAFewSamplesAsTheyAreIfIndependenceIsAssumed) {
  const Statistics statistics = summarise(one_to(20), true);
  EXPECT_TRUE(statistics.independence_assumed);
  EXPECT_EQ(statistics.effective_n, 20);
  EXPECT_EQ(statistics.median_interval, (Interval{6, 15, 0.95}));
  EXPECT_FALSE(summarise(one_to(19), true).median_interval);
}

TEST(Interval, HasAHalfWidthRelativeToTheMedian) {
  EXPECT_DOUBLE_EQ(summarise(one_to(20), true).relative_half_width().value(), 4.5 / 10.5);
}

TEST(Percentiles, AreAbsentUnlessTenSamplesLieBeyond) {
  EXPECT_FALSE(summarise(one_to(199)).p95_ns);
  EXPECT_EQ(summarise(one_to(200)).p95_ns, 190);
  EXPECT_FALSE(summarise(one_to(200)).p5_ns);
  EXPECT_EQ(summarise(one_to(220)).p5_ns, 11);
  EXPECT_FALSE(summarise(one_to(999)).p99_ns);
  EXPECT_EQ(summarise(one_to(1000)).p99_ns, 990);
}

TEST(Outliers, AreCountedAndKept) {
  Times times = one_to(100);  // quartiles 26 and 75: beyond -121 and 222
  times.push_back(222);
  times.push_back(100'000);
  times.push_back(-100'000);
  const Statistics statistics = summarise(times);
  EXPECT_EQ(statistics.outliers_low, 1);
  EXPECT_EQ(statistics.outliers_high, 1);
  EXPECT_EQ(statistics.n, 103);
  EXPECT_EQ(statistics.max_ns, 100'000);
}

TEST(Outliers, AreCountedAmongTimesAtTheEndOf64Bits) {
  const std::int64_t long_ns = 4'000'000'000'000'000'000;
  EXPECT_EQ(summarise(Times{1, long_ns, 2, long_ns - 5, 3, long_ns}).outliers_high, 0);
  Times times = one_to(100);
  for (std::int64_t& time : times) time = long_ns - 1000 * time;
  times.push_back(1);
  EXPECT_EQ(summarise(times).outliers_low, 1);
}

TEST(Outliers, AreNotTheNextStepOfACoarseClock) {
  Times times(100, 40);
  times[3] = 41;
  times[70] = 39;
  EXPECT_EQ(summarise(times).outliers_high, 0);
  EXPECT_EQ(summarise(times).outliers_low, 0);
  times[5] = 44;
  EXPECT_EQ(summarise(times).outliers_high, 1);
}

// --- Coverage: 95 % is claimed. 1,000 runs know the share to within 0.7 points (one standard error at 95 %),
// so the bounds stand for a true coverage of 92 to 97.5 %: a share beyond them by more than 2.6 errors fails.
constexpr double kErrors = 2.6;
constexpr double kLowest = 0.92;
constexpr double kHighest = 0.975;

void expect_honest(const CoverageSetup& setup) {
  const Coverage coverage = testing::measure_coverage(setup);
  ASSERT_EQ(coverage.intervals, setup.runs);
  const auto error = [&](double share) { return std::sqrt(share * (1 - share) / setup.runs); };
  EXPECT_GE(coverage.share(), kLowest - kErrors * error(kLowest));
  EXPECT_LE(coverage.share(), kHighest + kErrors * error(kHighest));
}

TEST(Coverage, IsHonestWithTheStopRuleOnIndependentNoise) {
  expect_honest({.noise = Noise::kNormal, .spread = 0.05});
  expect_honest({.noise = Noise::kLogNormal, .spread = 0.05});
}

TEST(Coverage, IsHonestWithTheStopRuleOnDependentNoise) {
  expect_honest({.noise = Noise::kAutoregressive, .spread = 0.03, .rho = 0.5});
  expect_honest({.noise = Noise::kAutoregressive, .spread = 0.05, .rho = -0.5});
}

TEST(Coverage, IsHonestWithTheStopRuleOnStronglyDependentNoise) {
  expect_honest({.noise = Noise::kAutoregressive, .spread = 0.01, .rho = 0.9});
}

TEST(Coverage, IsHonestForASlowCaseOfIndependentCalls) {
  expect_honest({.noise = Noise::kLogNormal, .fixed_n = 20, .assume_independence = true});
  expect_honest({.noise = Noise::kNormal, .fixed_n = 57, .assume_independence = true});
}

}  // namespace
}  // namespace assay::measure
