// SPDX-License-Identifier: Apache-2.0
#include "checks/checks.h"

#include <gtest/gtest.h>

#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::honest_evidence;

Finding finding(Severity severity) { return {"imprecise", severity, "", ""}; }

TEST(Verdict, IsTrustedWithoutFindings) { EXPECT_EQ(verdict_of({}), Verdict::kTrusted); }

TEST(Verdict, IsQualifiedIfAllFindingsQualify) {
  EXPECT_EQ(verdict_of({finding(Severity::kQualify), finding(Severity::kQualify)}), Verdict::kQualified);
}

TEST(Verdict, IsRejectedIfOneFindingRejects) {
  EXPECT_EQ(verdict_of({finding(Severity::kQualify), finding(Severity::kReject)}), Verdict::kRejected);
}

TEST(Verdict, HasAStableName) {
  EXPECT_EQ(verdict_name(Verdict::kTrusted), "trusted");
  EXPECT_EQ(verdict_name(Verdict::kQualified), "qualified");
  EXPECT_EQ(verdict_name(Verdict::kRejected), "rejected");
}

TEST(SeverityByEffect, RejectsBeyondFivePercentIfTheIntervalIsNarrow) {
  measure::Statistics statistics;
  statistics.median_ns = 100;
  statistics.median_interval = measure::Interval{99.5, 100.5, 0.95};  // five half-widths are 2.5 %
  EXPECT_EQ(severity_by_effect(0.0499, statistics), Severity::kQualify);
  EXPECT_EQ(severity_by_effect(0.0501, statistics), Severity::kReject);
}

TEST(SeverityByEffect, RejectsBeyondFiveHalfWidthsIfTheIntervalIsWide) {
  measure::Statistics statistics;
  statistics.median_ns = 100;
  statistics.median_interval = measure::Interval{98, 102, 0.95};
  EXPECT_EQ(severity_by_effect(0.0999, statistics), Severity::kQualify);
  EXPECT_EQ(severity_by_effect(0.1001, statistics), Severity::kReject);
}

TEST(SeverityByEffect, RejectsBeyondFivePercentWithoutAnInterval) {
  EXPECT_EQ(severity_by_effect(0.0499, {}), Severity::kQualify);
  EXPECT_EQ(severity_by_effect(0.0501, {}), Severity::kReject);
}

TEST(RunAll, FindsNothingInAnHonestMeasurement) { EXPECT_TRUE(run_all(honest_evidence()).empty()); }

TEST(RunAll, ReportsEachCheckThatFiresInOrder) {
  measure::Evidence evidence = honest_evidence();
  evidence.output.has_reference = false;
  evidence.floor.empty_region_ns = 2e6;
  evidence.contention.steal_ns = 500'000'000;
  evidence.target_half_width = 0.0001;
  std::vector<std::int64_t> times = evidence.samples.times_ns;
  for (std::size_t i = times.size() / 2; i < times.size(); ++i) times[i] += 200'000;
  testing::set_times(evidence, times);
  std::vector<std::string> codes;
  for (const Finding& found : run_all(evidence)) {
    codes.push_back(found.code);
    EXPECT_FALSE(found.evidence.empty()) << found.code;
    EXPECT_TRUE(found.remedy.ends_with('.')) << found.code;
  }
  EXPECT_EQ(codes, (std::vector<std::string>{"unchecked-output", "impossible", "drifting", "contended",
                                             "imprecise"}));
}

}  // namespace
}  // namespace assay::checks
