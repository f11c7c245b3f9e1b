// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/testing/expect_finding.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::expect_finding;
using testing::honest_evidence;

measure::Evidence evidence_of(double constant_share, double probe_effect) {
  measure::Evidence evidence = honest_evidence();
  evidence.statistics.median_ns = 100;
  evidence.statistics.median_interval = measure::Interval{98, 102, 0.95};  // the limit is 4 %
  evidence.data.constant_share = constant_share;
  evidence.data.probe_effect = probe_effect;
  return evidence;
}

TEST(ConstantData, QualifiesIfTheTimeDependsOnIt) {
  expect_finding(check_constant_data(evidence_of(0.6, 0.041)), "constant-data", Severity::kQualify);
  expect_finding(check_constant_data(evidence_of(0.6, -0.041)), "constant-data", Severity::kQualify);
}

TEST(ConstantData, IsSilentIfTheTimeDoesNotDependOnIt) {
  EXPECT_TRUE(check_constant_data(evidence_of(1, 0.039)).empty());
}

TEST(ConstantData, IsSilentIfHalfOfTheBytesVary) {
  EXPECT_TRUE(check_constant_data(evidence_of(0.5, 0.5)).empty());
}

TEST(ConstantData, IsSilentWithoutAProbe) {
  measure::Evidence evidence = evidence_of(1, 0.5);
  evidence.data.probe_effect.reset();
  EXPECT_TRUE(check_constant_data(evidence).empty());
}

}  // namespace
}  // namespace assay::checks
