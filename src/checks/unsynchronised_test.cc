// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/testing/expect_finding.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::expect_finding;
using testing::honest_evidence;

TEST(Unsynchronised, IsSilentIfAllIsQuietAfterTheRegion) {
  measure::Evidence evidence = honest_evidence();
  EXPECT_TRUE(check_unsynchronised(evidence).empty());
  evidence.flight.busy_after_share = 0.01;
  evidence.flight.outputs_changed_after = false;
  EXPECT_TRUE(check_unsynchronised(evidence).empty());
}

TEST(Unsynchronised, RejectsOutputsThatChangeAfterTheCall) {
  measure::Evidence evidence = honest_evidence();
  evidence.flight.outputs_changed_after = true;
  expect_finding(check_unsynchronised(evidence), "unsynchronised", Severity::kReject);
}

TEST(Unsynchronised, OnlyQualifiesThreadsThatMayBeWaiting) {
  measure::Evidence evidence = honest_evidence();
  evidence.flight.busy_after_share = 0.5;
  EXPECT_TRUE(check_unsynchronised(evidence).empty());
  evidence.flight.busy_after_share = 0.51;
  expect_finding(check_unsynchronised(evidence), "unsynchronised", Severity::kQualify);
}

TEST(Unsynchronised, RejectsAClaimShorterThanTheDevicesWork) {
  measure::Evidence evidence = honest_evidence();
  evidence.flight.claimed_ns = 1000;
  evidence.flight.device_busy_ns = 1100;
  evidence.flight.stated_overhead_ns = 100;
  EXPECT_TRUE(check_unsynchronised(evidence).empty());
  evidence.flight.device_busy_ns = 1101;
  expect_finding(check_unsynchronised(evidence), "unsynchronised", Severity::kReject);
}

}  // namespace
}  // namespace assay::checks
