// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/testing/expect_finding.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::expect_finding;
using testing::honest_evidence;

TEST(AxisWithoutEffect, QualifiesAPromiseThatIsNotKept) {
  measure::Evidence evidence = honest_evidence();
  EXPECT_TRUE(check_axis_without_effect(evidence).empty());
  evidence.axis.axis = "saturated";
  evidence.axis.other = "cast/plain saturated=0";
  EXPECT_TRUE(check_axis_without_effect(evidence).empty());
  evidence.axis.same_outputs = true;
  expect_finding(check_axis_without_effect(evidence), "axis-without-effect", Severity::kQualify);
  evidence.axis.axis.clear();
  EXPECT_TRUE(check_axis_without_effect(evidence).empty());
}

}  // namespace
}  // namespace assay::checks
