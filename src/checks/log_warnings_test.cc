// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/testing/expect_finding.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::expect_finding;
using testing::honest_evidence;

TEST(LogWarnings, QualifiesAndQuotesTheFirst) {
  measure::Evidence evidence = honest_evidence();
  EXPECT_TRUE(check_log_warnings(evidence).empty());
  evidence.log.bytes = 100;
  EXPECT_TRUE(check_log_warnings(evidence).empty());
  evidence.log.warnings = 2;
  evidence.log.first_warning = "warning: slow path";
  expect_finding(check_log_warnings(evidence), "log-warnings", Severity::kQualify);
  EXPECT_EQ(check_log_warnings(evidence)[0].evidence,
            "the program wrote 2 warnings > 0, the first: warning: slow path");
}

}  // namespace
}  // namespace assay::checks
