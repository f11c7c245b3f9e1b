// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>

#include "checks/checks.h"
#include "checks/testing/expect_finding.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::expect_finding;
using testing::honest_evidence;

TEST(StateLeaks, RejectsADifferenceBeyondTheTolerance) {
  measure::Evidence evidence = honest_evidence();
  EXPECT_TRUE(check_state_leaks(evidence).empty());
  evidence.buffers.first_last_error = 1.0;
  EXPECT_TRUE(check_state_leaks(evidence).empty());
  evidence.buffers.first_last_error = 1.01;
  evidence.buffers.first_last_place = "y[3]";
  expect_finding(check_state_leaks(evidence), "state-leaks", Severity::kReject);
  EXPECT_TRUE(check_state_leaks(evidence)[0].evidence.ends_with("y[3]"));
}

TEST(StateLeaks, TakesNaNForADifference) {
  measure::Evidence evidence = honest_evidence();
  evidence.buffers.first_last_error = std::numeric_limits<double>::quiet_NaN();
  expect_finding(check_state_leaks(evidence), "state-leaks", Severity::kReject);
}

TEST(StateLeaks, RejectsAnInoutBufferThatWasNotPutBack) {
  measure::Evidence evidence = honest_evidence();
  evidence.buffers.not_restored = {"cache"};
  expect_finding(check_state_leaks(evidence), "state-leaks", Severity::kReject);
}

}  // namespace
}  // namespace assay::checks
