// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/rank_sum.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::honest_evidence;

// Makes the checked calls `factor` times as long as they were.
measure::Evidence with_checked_calls(double factor) {
  measure::Evidence evidence = honest_evidence();
  for (std::int64_t& time : evidence.samples.checked_times_ns) {
    time = static_cast<std::int64_t>(static_cast<double>(time) * factor);
  }
  return evidence;
}

TEST(WrongOutput, IsSilentIfEveryCheckedCallIsRight) {
  EXPECT_TRUE(check_wrong_output(honest_evidence()).empty());
}

TEST(WrongOutput, RejectsASingleWrongCallAndSaysWhere) {
  measure::Evidence evidence = honest_evidence();
  evidence.output.calls_wrong = 1;
  evidence.output.worst_error = 3.5;
  evidence.output.worst_place = "logit 417 of call 12";
  const auto findings = check_wrong_output(evidence);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].code, "wrong-output");
  EXPECT_EQ(findings[0].severity, Severity::kReject);
  EXPECT_EQ(findings[0].evidence,
            "1 of 15 checked calls miss the reference (double precision), worst 3.5 times the tolerance: "
            "logit 417 of "
            "call 12");
}

TEST(WrongOutput, RejectsAComparisonThatCannotFail) {
  measure::Evidence evidence = honest_evidence();
  evidence.output.checker_can_fail = false;
  const auto findings = check_wrong_output(evidence);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].code, "wrong-output");
  EXPECT_EQ(findings[0].severity, Severity::kReject);
}

TEST(WrongOutput, QualifiesAsUncheckedWithoutAReference) {
  measure::Evidence evidence = honest_evidence();
  evidence.output = {};
  const auto findings = check_wrong_output(evidence);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].code, "unchecked-output");
  EXPECT_EQ(findings[0].severity, Severity::kQualify);
}

TEST(WrongOutput, QualifiesAsUncheckedIfNoCallWasCompared) {
  measure::Evidence evidence = honest_evidence();
  evidence.output.calls_checked = 0;
  evidence.samples.checked_times_ns.clear();
  const auto findings = check_wrong_output(evidence);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].code, "unchecked-output");
}

TEST(WrongOutput, RejectsCheckedCallsThatTakeLongerThanTheRest) {
  EXPECT_TRUE(check_wrong_output(with_checked_calls(1.04)).empty());
  const auto findings = check_wrong_output(with_checked_calls(1.08));
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].code, "wrong-output");
  EXPECT_EQ(findings[0].severity, Severity::kReject);
  EXPECT_NE(findings[0].evidence.find("% longer than the rest (15 against 150 timed regions)"),
            std::string::npos)
      << findings[0].evidence;
}

TEST(WrongOutput, RejectsCheckedCallsThatTakeLessThanTheRest) {
  ASSERT_EQ(check_wrong_output(with_checked_calls(0.9)).size(), 1u);
  EXPECT_NE(check_wrong_output(with_checked_calls(0.9))[0].evidence.find("% less than"), std::string::npos);
}

TEST(WrongOutput, DoesNotJudgeTheTimesOfVeryFewCheckedCalls) {
  measure::Evidence evidence = with_checked_calls(1.5);
  evidence.samples.checked_times_ns.resize(3);
  EXPECT_TRUE(check_wrong_output(evidence).empty());
}

TEST(RankSum, GivesTheProbabilityOfTheNormalApproximation) {
  const std::int64_t low[] = {1, 2, 3, 4, 5};
  const std::int64_t high[] = {6, 7, 8, 9, 10};
  // U = 0, mean 12.5, variance 5 * 5 * 11 / 12; z = 12 / 4.787 with the continuity correction (scipy:
  // 0.01219).
  EXPECT_NEAR(rank_sum_probability(low, high), 0.01219, 1e-5);
  EXPECT_DOUBLE_EQ(rank_sum_probability(low, high), rank_sum_probability(high, low));
  EXPECT_DOUBLE_EQ(rank_sum_probability(low, low), 1);
}

TEST(RankSum, IsOneIfAllValuesAreEqual) {
  const std::int64_t same[] = {4, 4, 4};
  EXPECT_EQ(rank_sum_probability(same, same), 1);
}

}  // namespace
}  // namespace assay::checks
