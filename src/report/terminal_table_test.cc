// SPDX-License-Identifier: Apache-2.0
#include "report/terminal_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "record/testing/sample_run.h"
#include "report/testing/golden.h"
#include "report/text_layout.h"

namespace assay::report {
namespace {

using ::testing::HasSubstr;
using testing::matches_golden;
using ::testing::Not;

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  for (const std::string_view line : split(text, '\n')) widest = std::max(widest, display_width(line));
  return widest;
}

TEST(TerminalTable, DrawsTrustedRows) {
  EXPECT_TRUE(matches_golden(table(record::testing::trusted_run()), "table_trusted.txt"));
}

TEST(TerminalTable, DrawsQualifiedAndRejectedRowsWithTheirFindings) {
  EXPECT_TRUE(matches_golden(table(record::testing::sample_run()), "table_findings.txt"));
}

TEST(TerminalTable, ShowsRejectedNumbersOnlyWhenAsked) {
  const auto run = record::testing::sample_run();
  EXPECT_TRUE(matches_golden(table(run, {.width = 80, .colour = false, .show_rejected = true}),
                             "table_show_rejected.txt"));
  EXPECT_THAT(table(run), Not(HasSubstr("101")));
  EXPECT_THAT(table(run, {.width = 80, .colour = false, .show_rejected = true}), HasSubstr("101"));
}

TEST(TerminalTable, DropsTheLeastColumnsWhereThereIsNoRoom) {
  EXPECT_TRUE(matches_golden(table(record::testing::sample_run(), {.width = 60}), "table_60.txt"));
  EXPECT_TRUE(matches_golden(table(record::testing::sample_run(), {.width = 40}), "table_40.txt"));
}

TEST(TerminalTable, FitsTheWidth) {
  const auto run = record::testing::sample_run();
  for (const int width : {60, 72, 80, 120, 200}) {
    EXPECT_LE(widest_line(table(run, {.width = width})), static_cast<std::size_t>(width)) << width;
  }
  record::Run long_names = run;
  long_names.measurements.front().what.entry = "a_long_name_of_an_entry/cpu.avx512vnni_of_a_variant";
  long_names.measurements.front().what.axes = {{"rows", "49152"}, {"cols", "1536"}, {"batch", "128"}};
  long_names.measurements.front().findings = {
      {"axis-without-effect", checks::Severity::kQualify, std::string(36, 'x') + " y zzzzz", ""}};
  EXPECT_LE(widest_line(table(long_names, {.width = 60})), 60U) << table(long_names, {.width = 60});
  EXPECT_EQ(table(run, {.width = -5}), table(run, {.width = 40}));
}

TEST(TerminalTable, ColoursOnlyWhenAsked) {
  const auto run = record::testing::sample_run();
  EXPECT_TRUE(matches_golden(table(run, {.width = 80, .colour = true}), "table_colour.txt"));
  EXPECT_THAT(table(run), Not(HasSubstr("\x1b")));
}

TEST(TerminalTable, ColourChangesNoOtherCharacter) {
  const auto run = record::testing::sample_run();
  std::string coloured = table(run, {.width = 80, .colour = true});
  for (std::size_t at = coloured.find('\x1b'); at != std::string::npos; at = coloured.find('\x1b')) {
    coloured.erase(at, coloured.find('m', at) - at + 1);
  }
  EXPECT_EQ(coloured, table(run));
}

TEST(TerminalTable, DrawsOtherCasesByTheirTime) {
  record::Run run;
  run.subject = "kernels";
  run.complete = true;
  run.measurements.resize(2);
  run.measurements[0].what.entry = run.measurements[1].what.entry = "kernels/rmsnorm";
  run.measurements[0].what.axes = {{"dim", "576"}};
  run.measurements[0].evidence.statistics.n = 100;
  run.measurements[0].evidence.statistics.median_ns = 1234.5;
  run.measurements[1].what.axes = {{"dim", "64"}};
  EXPECT_TRUE(matches_golden(table(run), "table_time.txt"));
}

TEST(TerminalTable, SaysThatNothingWasMeasured) {
  EXPECT_THAT(table(record::Run{}), HasSubstr("nothing was measured"));
}

TEST(TerminalTable, TextFromARecordCannotSteerTheTerminal) {
  auto run = record::testing::sample_run();
  run.subject = run.subject_detail = run.environment.cpu = "\x1b[2J";
  for (record::Measurement& m : run.measurements) {
    m.what.entry += "\x1b[2J";
    m.what.axes = {{"\x1b[2J", "\x1b[2J\n"}};
    m.findings.push_back({"\x1b[2J", checks::Severity::kQualify, "\x1b[2J\r", "\x1b[2J\n"});
  }
  EXPECT_THAT(table(run), Not(HasSubstr("\x1b")));
  EXPECT_THAT(table(run), Not(HasSubstr("\r")));
}

}  // namespace
}  // namespace assay::report
