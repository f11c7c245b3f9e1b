// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/testing/expect_finding.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::expect_finding;
using testing::honest_evidence;

TEST(Throttled, RejectsHeat) {
  measure::Evidence evidence = honest_evidence();
  EXPECT_TRUE(check_throttled(evidence).empty());
  evidence.clock.thermal_events = 0;
  EXPECT_TRUE(check_throttled(evidence).empty());
  evidence.clock.thermal_events = 1;
  expect_finding(check_throttled(evidence), "throttled", Severity::kReject);
}

TEST(Throttled, QualifiesAPowerCap) {
  measure::Evidence evidence = honest_evidence();
  evidence.clock.power_reason = "power cap";
  expect_finding(check_throttled(evidence), "throttled", Severity::kQualify);
}

// The second half of the window `drop` slower.
measure::Evidence slowed_by(double drop) {
  measure::Evidence evidence = honest_evidence();
  testing::scale_from(evidence.samples.core.chain_ns, 20, 1 / (1 - drop));
  testing::scale_from(evidence.samples.core.wide_ns, 20, 1 / (1 - drop));
  return evidence;
}

TEST(ClockMoved, GoesByEffect) {
  EXPECT_TRUE(check_clock_moved(honest_evidence()).empty());
  EXPECT_TRUE(check_clock_moved(slowed_by(0.017)).empty());
  expect_finding(check_clock_moved(slowed_by(0.023)), "clock-moved", Severity::kQualify);
  expect_finding(check_clock_moved(slowed_by(0.2)), "clock-moved", Severity::kReject);
}

TEST(ClockMoved, IgnoresSingleReadingsThatWereDisturbed) {
  measure::Evidence evidence = slowed_by(0);
  evidence.samples.core.chain_ns[5] *= 3;
  evidence.samples.core.wide_ns[25] *= 2;
  EXPECT_TRUE(check_clock_moved(evidence).empty());
}

TEST(ClockMoved, NeedsMoreThanAFewReadings) {
  measure::Evidence evidence = honest_evidence();
  testing::set_readings(evidence, 7);
  testing::scale_from(evidence.samples.core.chain_ns, 3, 1.5);
  testing::scale_from(evidence.samples.core.wide_ns, 3, 1.5);
  EXPECT_TRUE(check_clock_moved(evidence).empty());
}

TEST(ClockMoved, TakesADriftThatGoesWithTheClock) {
  measure::Evidence evidence = slowed_by(0.1);
  auto times = evidence.samples.times_ns;
  testing::scale_from(times, 75, 1.11);
  testing::set_times(evidence, times);
  expect_finding(check_clock_moved(evidence), "clock-moved", Severity::kReject);
  EXPECT_TRUE(check_drifting(evidence).empty());
  EXPECT_TRUE(check_contended(evidence).empty());
}

}  // namespace
}  // namespace assay::checks
