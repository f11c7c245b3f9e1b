// SPDX-License-Identifier: Apache-2.0
#include "report/comparison_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "record/testing/sample_run.h"
#include "report/compared_records.h"
#include "report/text_layout.h"

namespace assay::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

record::ComparedRow row(const std::string& claim, double ratio) {
  record::ComparedRow made;
  made.id = "saxpy n=64";
  made.kind = "resident";
  made.a.median_ns = 1000;
  made.b.median_ns = 1000 * ratio;
  made.rounds = 5;
  made.ratio = {ratio, ratio - 0.01, ratio + 0.01, 0.99};
  made.noise = record::Ratio{1.001, 0.995, 1.007, 0.99};
  made.smallest_detectable = 0.0054;
  made.claim = claim;
  return made;
}

TEST(ComparisonTable, SaysWhatEachRowMayClaim) {
  EXPECT_EQ(claim_text(row("slower", 1.016)), "1.6 % slower");
  EXPECT_EQ(claim_text(row("faster", 0.9)), "10.0 % less time");
  EXPECT_EQ(claim_text(row("no difference", 1)), "no difference resolved at ± 0.54 %");
  EXPECT_EQ(claim_text(row("unusable", 1.2)), "unusable: A differs from itself");
}

TEST(ComparisonTable, SaysNoPercentageWhereNothingCouldBeResolved) {
  record::ComparedRow wide = row("no difference", 1);
  wide.smallest_detectable = 16'575;
  EXPECT_EQ(claim_text(wide), "no difference resolved (none under 100 % could be)");
}

TEST(ComparisonTable, FitsANarrowTerminal) {
  record::Run run;
  run.comparisons = {row("no difference", 1.016), row("none", 1)};
  run.comparisons[1].findings = {{"wrong-output", checks::Severity::kReject, "arm B: 1 of 1", "Mend it."}};
  run.comparisons[0].id = "matmul/cpu.avx2 type=f32 rows=576 cols=576 threads=12";  // whole, on two lines
  const std::string text = comparison_table(run, 60);
  EXPECT_THAT(text, HasSubstr("threads=12"));
  for (const std::string_view line : split(text, '\n')) EXPECT_LE(display_width(line), 60U) << line;
  EXPECT_THAT(text, HasSubstr("B / A: 1.016 [1.006,"));
  EXPECT_THAT(text, HasSubstr("no difference resolved at ± 0.54 %"));
  EXPECT_THAT(text, HasSubstr("rejected: wrong-output"));
}

TEST(ComparisonTable, PutsTheNoiseFloorBesideTheRatio) {
  record::Run run;
  run.comparisons = {row("slower", 1.016)};
  const std::string text = comparison_table(run);
  EXPECT_THAT(text, HasSubstr("1.016 [1.006, 1.026]  1.001 [0.995, 1.007]  1.6 % slower"));
  EXPECT_THAT(text, HasSubstr("1.00 us"));
}

TEST(ComparisonTable, WithholdsTheNumbersOfARejectedRow) {
  record::Run run;
  run.comparisons = {row("none", 1.016)};
  run.comparisons[0].findings = {{"wrong-output", checks::Severity::kReject, "arm B: 1 of 1", "Mend it."}};
  const std::string text = comparison_table(run);
  EXPECT_THAT(text, HasSubstr("rejected: wrong-output"));
  EXPECT_THAT(text, HasSubstr("wrong-output: arm B: 1 of 1"));
  EXPECT_THAT(text, Not(HasSubstr("1.016")));
}

TEST(ComparisonTable, TellsTheStateOfAGate) {
  record::ComparedRow gated = row("slower", 1.03);
  gated.gate = record::ComparedGate{0.02, "open", 0.01, 0.05, 120};
  EXPECT_THAT(gate_text(gated), HasSubstr("gate \"slower than 2%\": open"));
  EXPECT_THAT(gate_text(gated), HasSubstr("120 more pairs would decide it"));
  gated.gate->pairs_needed = -1;
  EXPECT_THAT(gate_text(gated), HasSubstr("would not decide it soon"));
  gated.gate->state = "red";
  EXPECT_THAT(gate_text(gated), HasSubstr("red, the slowdown is over 1.0 %"));
}

TEST(ComparedRecords, GiveARatioWithAnHonestIntervalAndClaimNothing) {
  const record::Run a = record::testing::sample_run();
  const ComparedRecords compared = compare_records(a, a);
  ASSERT_FALSE(compared.rows.empty());
  for (const auto& same : compared.rows) {
    EXPECT_EQ(same.ratio.estimate, 1);
    EXPECT_LT(same.ratio.lower, 1);
    EXPECT_GT(same.ratio.upper, 1);
    EXPECT_EQ(same.ratio.confidence, 0.9);
    EXPECT_EQ(same.claim, "none");
    EXPECT_FALSE(same.noise);
  }
  record::Run run;
  run.comparisons = compared.rows;
  EXPECT_THAT(comparison_table(run), HasSubstr("no difference is claimed"));
}

TEST(ComparedRecords, NameWhatCannotBeCompared) {
  const record::Run a = record::testing::sample_run();
  record::Run b = a;
  b.environment.cpu = "another one";
  b.measurements[0].what.axes.push_back({"new", "1"});
  const ComparedRecords compared = compare_records(a, b);
  const std::string notes = fmt::format("{}", fmt::join(compared.notes, "; "));
  EXPECT_THAT(notes, HasSubstr("the records differ in the CPU"));
  EXPECT_THAT(notes, HasSubstr("not in B"));
  EXPECT_THAT(notes, HasSubstr("not in A"));
}

}  // namespace
}  // namespace assay::report
