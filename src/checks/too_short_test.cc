// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/testing/expect_finding.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::expect_finding;
using testing::honest_evidence;

measure::Evidence region_of(double call_ns, std::int64_t calls) {
  measure::Evidence evidence = honest_evidence();
  evidence.statistics.median_ns = call_ns;
  evidence.samples.calls_per_sample = calls;
  evidence.floor.empty_region_ns = 40;
  evidence.floor.clock_step_ns = 1;
  return evidence;
}

TEST(TooShort, RejectsUnderTenEmptyRegions) {
  EXPECT_TRUE(check_too_short(region_of(400, 1)).empty());
  expect_finding(check_too_short(region_of(399, 1)), "too-short", Severity::kReject);
}

TEST(TooShort, RejectsUnderAHundredClockSteps) {
  measure::Evidence evidence = region_of(1'000, 1);
  evidence.floor.clock_step_ns = 10;
  EXPECT_TRUE(check_too_short(evidence).empty());
  evidence.floor.clock_step_ns = 10.1;
  expect_finding(check_too_short(evidence), "too-short", Severity::kReject);
  EXPECT_NE(check_too_short(evidence)[0].evidence.find("100 clock steps"), std::string::npos);
}

TEST(TooShort, JudgesTheRegionNotTheCall) { EXPECT_TRUE(check_too_short(region_of(4, 100)).empty()); }

TEST(TooShort, IsSilentIfTheClockIsNotKnown) {
  measure::Evidence evidence = region_of(1, 1);
  evidence.floor.empty_region_ns = 0;
  evidence.floor.clock_step_ns = 0;
  EXPECT_TRUE(check_too_short(evidence).empty());
}

}  // namespace
}  // namespace assay::checks
