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

// Half of the window at full speed, half `drop` slower.
measure::Evidence slowed_by(double drop) {
  measure::Evidence evidence = honest_evidence();
  evidence.clock.relative_speed.assign(40, 1);
  for (std::size_t i = 20; i < 40; ++i) evidence.clock.relative_speed[i] = 1 - drop;
  return evidence;
}

TEST(ClockMoved, GoesByEffect) {
  EXPECT_TRUE(check_clock_moved(honest_evidence()).empty());
  EXPECT_TRUE(check_clock_moved(slowed_by(0.019)).empty());
  expect_finding(check_clock_moved(slowed_by(0.021)), "clock-moved", Severity::kQualify);
  expect_finding(check_clock_moved(slowed_by(0.2)), "clock-moved", Severity::kReject);
}

TEST(ClockMoved, IgnoresSingleReadingsThatWereDisturbed) {
  measure::Evidence evidence = slowed_by(0);
  evidence.clock.relative_speed[5] = 0.3;
  evidence.clock.relative_speed[25] = 0.4;
  EXPECT_TRUE(check_clock_moved(evidence).empty());
}

TEST(ClockMoved, NeedsMoreThanAFewReadings) {
  measure::Evidence evidence = slowed_by(0.2);
  evidence.clock.relative_speed = {1, 1, 1, 0.5, 0.5, 0.5, 0.5};
  EXPECT_TRUE(check_clock_moved(evidence).empty());
}

}  // namespace
}  // namespace assay::checks
