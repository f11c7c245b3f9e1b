// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/testing/expect_finding.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::expect_finding;
using testing::honest_evidence;

TEST(Crashed, RejectsAndSaysHow) {
  EXPECT_TRUE(check_crashed(honest_evidence()).empty());
  measure::Evidence evidence;
  evidence.outcome.crash = "signal 11 (segmentation fault) in call 3";
  expect_finding(check_crashed(evidence), "crashed", Severity::kReject);
  EXPECT_NE(check_crashed(evidence)[0].evidence.find("signal 11 (segmentation fault) in call 3"),
            std::string::npos);
}

TEST(TimedOut, RejectsAndSaysAfterWhatTime) {
  EXPECT_TRUE(check_timed_out(honest_evidence()).empty());
  measure::Evidence evidence;
  evidence.outcome.timed_out_after_s = 2.5;
  expect_finding(check_timed_out(evidence), "timed-out", Severity::kReject);
  EXPECT_NE(check_timed_out(evidence)[0].evidence.find("after 2.5 s"), std::string::npos);
}

}  // namespace
}  // namespace assay::checks
