// SPDX-License-Identifier: Apache-2.0
#include "report/groups.h"

#include <gtest/gtest.h>

#include "record/testing/sample_run.h"
#include "report/summary.h"

namespace assay::report {
namespace {

record::Run run_of(std::vector<record::Measurement> measurements) {
  record::Run run;
  run.subject = "m";
  run.measurements = std::move(measurements);
  return run;
}

record::Measurement one(std::string entry, std::vector<suite::AxisValue> axes) {
  record::Measurement m;
  m.what.entry = std::move(entry);
  m.what.axes = std::move(axes);
  m.mode = "isolated";
  m.cache = "warm";
  m.runner = "cpu";
  return m;
}

std::vector<std::string> axis_columns(const Group& group) {
  std::vector<std::string> names;
  for (const Column& column : group.columns) {
    if (column.is_axis) names.push_back(column.header);
  }
  return names;
}

TEST(Groups, OneForEachEntryInOrder) {
  const auto run = run_of({one("m/b", {}), one("m/a", {}), one("m/b", {})});
  const auto groups = groups_of(run, false);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].name, "b");
  EXPECT_EQ(groups[0].rows.size(), 2u);
  EXPECT_EQ(groups[1].name, "a");
}

TEST(Groups, SettingsThatDifferAreColumnsAndTheOthersOneSentence) {
  auto slow = one("m/a", {{"depth", "0"}, {"threads", "1"}});
  auto cold = one("m/a", {{"depth", "0"}, {"threads", "2"}});
  cold.cache = "cold";
  const auto run = run_of({slow, cold});
  const auto groups = groups_of(run, false);
  EXPECT_EQ(axis_columns(groups[0]), (std::vector<std::string>{"depth", "threads", "cache"}));
  EXPECT_EQ(groups[0].setting, "isolated, cpu");
}

TEST(Groups, AnAxisThatARowLacksIsAbsent) {
  const auto run = run_of({one("m/a", {{"depth", "0"}}), one("m/a", {{"depth", "1"}, {"batch", "4"}})});
  const auto groups = groups_of(run, false);
  EXPECT_EQ(axis_columns(groups[0]), (std::vector<std::string>{"depth", "batch"}));
  EXPECT_EQ(groups[0].rows[0].cells[1], "–");
}

TEST(Groups, ACaseOnADeviceHasItsOtherModesBesideIt) {
  auto on_device = one("m/a", {{"n", "1"}});
  on_device.evidence.statistics.median_ns = 4000;
  on_device.evidence.device.device = "a device";
  on_device.evidence.device.isolated_ns = 12'000;
  on_device.evidence.device.enqueue_ns = 2'500;
  const auto run = run_of({on_device});
  const Group group = groups_of(run, false)[0];
  ASSERT_EQ(group.columns.size(), group.rows[0].cells.size());
  const std::size_t last = group.columns.size() - 1;
  EXPECT_EQ(group.columns[last - 3].header, "back to back");
  EXPECT_EQ(group.rows[0].cells[last - 3], "–");
  EXPECT_EQ(group.columns[last - 2].header, "isolated");
  EXPECT_EQ(group.rows[0].cells[last - 2], "12.0 us");
  EXPECT_EQ(group.columns[last - 1].header, "enqueue");
  EXPECT_EQ(group.rows[0].cells[last - 1], "2.50 us");
  EXPECT_EQ(axis_columns(groups_of(run_of({one("m/a", {{"n", "1"}})}), false)[0]).size(), 1u);
}

TEST(Groups, RejectedNumbersAreWithheldUnlessAskedFor) {
  const auto run = record::testing::sample_run();
  const Row withheld = groups_of(run, false)[1].rows[3];
  EXPECT_TRUE(withheld.withheld);
  EXPECT_FALSE(withheld.figures.time_ns);
  EXPECT_TRUE(withheld.figures.best_time_ns);
  EXPECT_TRUE(withheld.reasons.starts_with("wrong-output: 3 of 15"));
  EXPECT_EQ(withheld.cells[1], "");
  const Row shown = groups_of(run, true)[1].rows[3];
  EXPECT_FALSE(shown.withheld);
  EXPECT_TRUE(shown.figures.time_ns);
  EXPECT_NE(shown.cells[1], "");
}

TEST(Groups, PercentSaysOfWhich) {
  const auto run = record::testing::sample_run();
  const auto groups = groups_of(run, false);
  EXPECT_EQ(groups[0].limit_notes.at(0),
            "100 % of peak is 186 GFLOP/s: f32-fma, 2 threads, as measured on this machine");
  EXPECT_EQ(groups[1].limit_notes.at(0),
            "100 % of read limit is 31.3 GB/s: read, 2 threads, >= 128 MB, as measured on this machine");
}

TEST(Groups, RowsBesideDifferentLimitsAreNamed) {
  auto run = record::testing::sample_run();
  run.measurements[5].limits = {{"f32-fma", 186e9, 36e9, "flops"}};
  const auto groups = groups_of(run, false);
  EXPECT_EQ(groups[1].limit_notes,
            (std::vector<std::string>{
                "100 % of limit is 31.3 GB/s: read, 2 threads, >= 128 MB, as measured on this machine (rows "
                "0, 512, 1024)",
                "100 % of limit is 186 GFLOP/s: f32-fma, as measured on this machine (rows 128)"}));
}

TEST(Summary, CountsVerdictsAndNamesWhatIsUnknown) {
  const Summary summary = summary_of(record::testing::sample_run());
  EXPECT_EQ(counts_line(summary), "8 measurements: 5 trusted, 2 qualified, 1 rejected");
  EXPECT_EQ(summary.unknown,
            (std::vector<std::string>{"frequency governor", "CPU time stolen by a hypervisor",
                                      "throttling by the cgroup"}));
  EXPECT_EQ(counts_line(Summary{}), "nothing was measured");
}

TEST(Summary, SaysThatARunIsIncomplete) {
  record::Run run;
  EXPECT_EQ(incomplete_line(run), "The run was stopped before its end; measurements are missing.");
  run.cut_line = true;
  EXPECT_TRUE(incomplete_line(run).starts_with("The record ends in half a line"));
  run = {};
  run.complete = true;
  EXPECT_EQ(incomplete_line(run), "");
}

TEST(Summary, CommandLineCanBePastedIntoAShell) {
  EXPECT_EQ(shell_line({"assay", "bench", "a b", "it's", "", "x=$(y)"}),
            "assay bench 'a b' 'it'\\''s' '' 'x=$(y)'");
}

}  // namespace
}  // namespace assay::report
