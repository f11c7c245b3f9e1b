// SPDX-License-Identifier: Apache-2.0
#include "checks/checks.h"

#include <gtest/gtest.h>

#include <set>

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
  EXPECT_EQ(codes, (std::vector<std::string>{"unchecked-output", "impossible", "too-short", "drifting",
                                             "contended", "imprecise"}));
}

// One fact for each code that one measurement can have; the others are tested with their checks.
TEST(RunAll, AsksEveryCheck) {
  measure::Evidence evidence = honest_evidence();
  evidence.output.calls_wrong = 1;
  evidence.buffers.modified_inputs = {"x"};
  evidence.buffers.broken_guards = {"y"};
  evidence.buffers.outputs_untouched = true;
  evidence.buffers.first_last_error = 2;
  evidence.statistics.median_ns = 50;
  evidence.statistics.median_interval = measure::Interval{40, 50, 0.95};
  evidence.flight.outputs_changed_after = true;
  evidence.choice.ran = {"a", "b"};
  evidence.region.calls = 1;
  evidence.region.allocations = 1;
  evidence.region.page_faults = 1;
  evidence.region.children = 1;
  evidence.region.libraries_loaded = 1;
  evidence.artefact.tracer = "gdb";
  testing::set_readings(evidence, 40);
  testing::scale_from(evidence.samples.core.chain_ns, 20, 2);
  testing::scale_from(evidence.samples.core.wide_ns, 20, 2);
  evidence.clock.thermal_events = 1;
  evidence.contention.steal_ns = 500'000'000;
  evidence.data = {.constant_share = 1, .probe_effect = 1};
  evidence.cache = {.regime = "cold", .hot_ns = 1, .cold_ns = 100, .seen_ns = 1};
  evidence.axis = {.axis = "n", .other = "m", .same_outputs = true};
  evidence.log.warnings = 1;
  evidence.outcome = {.crash = "signal 11", .timed_out_after_s = 1};
  std::set<std::string> codes;
  for (const Finding& found : run_all(evidence)) codes.insert(found.code);
  for (const char* code :
       {"wrong-output",     "impossible",          "unsynchronised",   "nothing-ran",   "fallback",
        "compiled-inside",  "allocates-inside",    "copies-inside",    "blocks-inside", "imprecise",
        "too-short",        "throttled",           "clock-moved",      "contended",     "constant-data",
        "cache-unverified", "state-leaks",         "input-modified",   "out-of-bounds", "crashed",
        "timed-out",        "axis-without-effect", "harness-artefact", "log-warnings"}) {
    EXPECT_TRUE(codes.contains(code)) << code;
  }
}

TEST(RunAll, TellsOfACrashWhatIsKnownWithoutTimes) {
  measure::Evidence evidence;
  evidence.outcome.crash = "exit(2)";
  evidence.buffers.broken_guards = {"y"};
  evidence.log.warnings = 1;
  std::vector<std::string> codes;
  for (const Finding& found : run_all(evidence)) codes.push_back(found.code);
  EXPECT_EQ(codes, (std::vector<std::string>{"crashed", "out-of-bounds", "log-warnings"}));
}

TEST(RunAll, TakesStatisticsForThoseOfOneCallOfABatch) {
  measure::Evidence evidence = honest_evidence();
  evidence.samples.calls_per_sample = 1000;  // the same times, of a thousand calls of 1 us each
  evidence.statistics.median_ns /= 1000;
  evidence.statistics.median_interval->lower /= 1000;
  evidence.statistics.median_interval->upper /= 1000;
  evidence.floor.bytes = {};
  evidence.floor.flops = {};
  EXPECT_TRUE(run_all(evidence).empty());
}

}  // namespace
}  // namespace assay::checks
