// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/testing/expect_finding.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::expect_finding;
using testing::honest_evidence;

measure::Evidence evidence_of(std::string asked, std::vector<std::string> ran) {
  measure::Evidence evidence = honest_evidence();
  evidence.choice.asked = std::move(asked);
  evidence.choice.ran = std::move(ran);
  return evidence;
}

TEST(Fallback, IsSilentIfWhatWasAskedForRan) {
  EXPECT_TRUE(check_fallback(evidence_of("", {})).empty());
  EXPECT_TRUE(check_fallback(evidence_of("saxpy/cpu.avx2", {})).empty());
  EXPECT_TRUE(check_fallback(evidence_of("saxpy/cpu.avx2", {"saxpy/cpu.avx2"})).empty());
}

TEST(Fallback, TakesTheNameWithoutItsEntryForTheSame) {
  EXPECT_TRUE(check_fallback(evidence_of("saxpy/cpu.avx2", {"cpu.avx2"})).empty());
  expect_finding(check_fallback(evidence_of("saxpy/cpu.avx2", {"avx2"})), "fallback", Severity::kReject);
}

TEST(Fallback, RejectsAnotherVariantThanTheOneAskedFor) {
  const auto findings = check_fallback(evidence_of("saxpy/cpu.avx2", {"saxpy/cpu.avx2", "plain"}));
  expect_finding(findings, "fallback", Severity::kReject);
  EXPECT_EQ(findings[0].evidence, "'plain' ran, asked for was 'saxpy/cpu.avx2'");
}

TEST(Fallback, RejectsAChangeOfWhatRunsIfNothingWasAskedFor) {
  EXPECT_TRUE(check_fallback(evidence_of("", {"cuda"})).empty());
  const auto findings = check_fallback(evidence_of("", {"cuda", "cpu"}));
  expect_finding(findings, "fallback", Severity::kReject);
  EXPECT_EQ(findings[0].evidence, "'cpu' ran, at first it was 'cuda'");
}

TEST(Fallback, RejectsARecompileLimit) {
  measure::Evidence evidence = honest_evidence();
  evidence.choice.recompile_limit = "hit config.recompile_limit (8)";
  expect_finding(check_fallback(evidence), "fallback", Severity::kReject);
}

TEST(Fallback, QualifiesGraphBreaksAndSkippedModes) {
  measure::Evidence evidence = honest_evidence();
  evidence.choice.graph_breaks = 1;
  expect_finding(check_fallback(evidence), "fallback", Severity::kQualify);
  evidence.choice.graph_breaks = 0;
  evidence.choice.skipped_modes = {"graph"};
  expect_finding(check_fallback(evidence), "fallback", Severity::kQualify);
}

}  // namespace
}  // namespace assay::checks
