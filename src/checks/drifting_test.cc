// SPDX-License-Identifier: Apache-2.0
// Rates are measured on scripted noise with fixed seeds: the check is a test of significance and has to hold
// its own.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/random.h"
#include "checks/checks.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using measure::testing::kTrueMedian_ns;
using measure::testing::Noise;
using measure::testing::NoiseSeries;
using Times = std::vector<std::int64_t>;

std::vector<Finding> findings_for(Times times) {
  measure::Evidence evidence;
  testing::set_times(evidence, std::move(times));
  return check_drifting(evidence);
}

// Share of `runs` series of noise, each changed by `lie`, in which the check fires.
double rate(int runs, std::size_t n, NoiseSeries (*noise)(std::uint64_t seed),
            const std::function<double(std::size_t i)>& lie) {
  int found = 0;
  for (int run = 0; run < runs; ++run) {
    NoiseSeries series = noise(static_cast<std::uint64_t>(run) + 1000);
    Times times = series.take(n);
    for (std::size_t i = 0; i < n; ++i) times[i] += std::llround(kTrueMedian_ns * lie(i));
    found += findings_for(std::move(times)).empty() ? 0 : 1;
  }
  return static_cast<double>(found) / runs;
}

double nothing(std::size_t) { return 0; }
// 2 % of the time are three standard deviations of this noise.
constexpr double kSpread = 0.02 / 3;
NoiseSeries quiet(std::uint64_t seed) { return {Noise::kNormal, kSpread, 0, seed}; }
NoiseSeries loud(std::uint64_t seed) { return {Noise::kNormal, 0.05, 0, seed}; }
NoiseSeries skewed(std::uint64_t seed) { return {Noise::kLogNormal, 0.2, 0, seed}; }
NoiseSeries wandering(std::uint64_t seed) { return {Noise::kAutoregressive, 0.05, 0.9, seed}; }
NoiseSeries alternating(std::uint64_t seed) { return {Noise::kAutoregressive, 0.05, -0.5, seed}; }

TEST(Drifting, TakesStationaryNoiseForWhatItIs) {
  for (const std::size_t n : {20u, 100u, 225u}) {
    EXPECT_LE(rate(300, n, wandering, nothing), 0.02) << n;
    EXPECT_LE(rate(300, n, alternating, nothing), 0.02) << n;
    EXPECT_LE(rate(300, n, loud, nothing), 0.02) << n;
    EXPECT_LE(rate(300, n, skewed, nothing), 0.02) << n;
  }
}

TEST(Drifting, TakesLongStationaryNoiseForWhatItIs) { EXPECT_LE(rate(60, 1700, wandering, nothing), 0.02); }

// One call in ten is checked and gives no sample, so that samples alone lose the beat.
TEST(Drifting, KeepsTheBeatOfAnAlternationOverCheckedCalls) {
  NoiseSeries noise = quiet(3);
  Random random(3);
  measure::Evidence evidence;
  Times times;
  for (std::size_t i = 0; i < 167; ++i) {
    const std::int64_t time = noise.next_ns() + (i % 2 == 0 ? 0 : std::llround(0.02 * kTrueMedian_ns));
    const bool checked = random.uniform() < 0.1;
    if (checked) evidence.samples.checked_before_sample.push_back(static_cast<std::int64_t>(times.size()));
    (checked ? evidence.samples.checked_times_ns : times).push_back(time);
  }
  testing::set_times(evidence, times);
  EXPECT_EQ(check_drifting(evidence).size(), 1u);
  evidence.samples.checked_before_sample.clear();
  EXPECT_TRUE(check_drifting(evidence).empty());  // the reason why places are kept
}

TEST(Drifting, CatchesAStepOfThreeStandardDeviations) {
  for (const std::size_t n : {100u, 225u}) {
    EXPECT_GE(rate(150, n, quiet, [&](std::size_t i) { return i < n / 2 ? 0 : 0.02; }), 0.99) << n;
    EXPECT_GE(rate(150, n, quiet, [&](std::size_t i) { return i < n * 4 / 5 ? 0 : 0.02; }), 0.99) << n;
  }
}

TEST(Drifting, CatchesARampOfThreeStandardDeviations) {
  for (const std::size_t n : {100u, 225u}) {
    const auto ramp = [&](std::size_t i) {
      return 0.02 * static_cast<double>(i) / static_cast<double>(n - 1);
    };
    EXPECT_GE(rate(150, n, quiet, ramp), 0.99) << n;
  }
}

TEST(Drifting, CatchesAnAlternationOfThreeStandardDeviations) {
  for (const std::size_t run_length : {1u, 2u, 7u, 20u}) {
    const auto square_wave = [&](std::size_t i) { return i / run_length % 2 == 0 ? 0 : 0.02; };
    EXPECT_GE(rate(150, 100, quiet, square_wave), 0.99) << run_length;
    EXPECT_GE(rate(100, 225, quiet, square_wave), 0.99) << run_length;
  }
}

TEST(Drifting, CatchesSlowAndFastPatternsInALongWindow) {
  EXPECT_EQ(rate(10, 3000, quiet, [](std::size_t i) { return i < 2000 ? 0 : 0.02; }), 1);
  EXPECT_EQ(rate(10, 3000, quiet, [](std::size_t i) { return i % 2 == 0 ? 0 : 0.02; }), 1);
}

TEST(Drifting, CatchesTwoLevelsInRandomOrder) {
  Random order(3);
  EXPECT_GE(rate(100, 225, quiet, [&](std::size_t) { return order.below(2) == 0 ? 0 : 0.06; }), 0.99);
}

TEST(Drifting, CatchesALargeStepInASlowCase) {
  EXPECT_GE(rate(200, 20, quiet, [](std::size_t i) { return i < 10 ? 0 : 0.2; }), 0.99);
}

TEST(Drifting, IgnoresAStepThatDoesNotMatter) {
  NoiseSeries noise(Noise::kNormal, 0.0005, 0, 1);
  Times times = noise.take(200);
  for (std::size_t i = 100; i < 200; ++i) times[i] += 8'000;  // 0.8 %: 16 standard deviations, but under 1 %
  EXPECT_TRUE(findings_for(times).empty());
}

TEST(Drifting, QualifiesBelowFivePercentAndRejectsAbove) {
  for (const auto& [step, severity] : {std::pair{0.045, Severity::kQualify}, {0.055, Severity::kReject}}) {
    NoiseSeries noise(Noise::kNormal, 0.001, 0, 2);
    Times times = noise.take(200);
    for (std::size_t i = 150; i < 200; ++i) times[i] += std::llround(kTrueMedian_ns * step);
    const auto findings = findings_for(times);
    ASSERT_EQ(findings.size(), 1u) << step;
    EXPECT_EQ(findings[0].code, "drifting");
    EXPECT_EQ(findings[0].severity, severity) << findings[0].evidence;
  }
}

TEST(Drifting, SaysWhatItSaw) {
  NoiseSeries noise(Noise::kNormal, 0.001, 0, 2);
  Times times = noise.take(200);
  for (std::size_t i = 150; i < 200; ++i) times[i] += 100'000;
  EXPECT_TRUE(findings_for(times)[0].evidence.starts_with("a step of 10.0 % near call 150 of 200 (evidence "))
      << findings_for(times)[0].evidence;
}

TEST(Drifting, SaysNothingOfFewOrEqualCalls) {
  EXPECT_TRUE(findings_for({1, 2, 3, 100, 200, 300}).empty());
  EXPECT_TRUE(findings_for(Times(500, 1000)).empty());
}

TEST(Drifting, IsNotMovedByAFewSlowCalls) {
  NoiseSeries noise = quiet(9);
  Times times = noise.take(150);
  for (const std::size_t i : {3u, 50u, 51u, 149u}) times[i] *= 20;
  EXPECT_TRUE(findings_for(times).empty());
}

}  // namespace
}  // namespace assay::checks
