// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

measure::Evidence evidence_with(double half_width, double effective_n) {
  measure::Evidence evidence;
  evidence.statistics.n = 150;
  evidence.statistics.median_ns = 1000;
  evidence.statistics.median_interval =
      measure::Interval{1000 * (1 - half_width), 1000 * (1 + half_width), 0.95};
  evidence.statistics.effective_n = effective_n;
  return evidence;
}

std::string only_evidence(const measure::Evidence& evidence) {
  const auto findings = check_imprecise(evidence);
  if (findings.size() != 1) return "findings: " + std::to_string(findings.size());
  EXPECT_EQ(findings[0].code, "imprecise");
  EXPECT_EQ(findings[0].severity, Severity::kQualify);
  return findings[0].evidence;
}

TEST(Imprecise, IsSilentIfTheTargetIsReached) {
  EXPECT_TRUE(check_imprecise(evidence_with(0.0099, 100)).empty());
}

TEST(Imprecise, QualifiesAnIntervalWiderThanTheTarget) {
  EXPECT_EQ(only_evidence(evidence_with(0.031, 120)), "interval half-width 3.1 % > 1.0 %");
}

TEST(Imprecise, FollowsTheTargetThatWasAskedFor) {
  measure::Evidence evidence = evidence_with(0.031, 120);
  evidence.target_half_width = 0.05;
  EXPECT_TRUE(check_imprecise(evidence).empty());
}

TEST(Imprecise, QualifiesAnEffectiveSizeUnder100) {
  EXPECT_EQ(only_evidence(evidence_with(0.005, 61)), "150 samples are worth 61 independent ones < 100");
}

TEST(Imprecise, QualifiesAMissingIntervalForDependentSamples) {
  measure::Evidence evidence = evidence_with(0, 12);
  evidence.statistics.median_interval.reset();
  EXPECT_EQ(only_evidence(evidence), "no interval: 150 samples are worth 12 independent ones < 30");
}

TEST(Imprecise, QualifiesAMissingIntervalForTooFewSamples) {
  measure::Evidence evidence = evidence_with(0, 7);
  evidence.statistics.median_interval.reset();
  evidence.statistics.n = 7;
  EXPECT_EQ(only_evidence(evidence), "no interval: 7 samples < 20");
}

TEST(Imprecise, QualifiesAssumedIndependenceEvenIfTheTargetIsReached) {
  measure::Evidence evidence = evidence_with(0.005, 25);
  evidence.statistics.n = 25;
  evidence.statistics.independence_assumed = true;
  EXPECT_EQ(only_evidence(evidence), "independence assumed: 25 samples are too few to test it");
}

}  // namespace
}  // namespace assay::checks
