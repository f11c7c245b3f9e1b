// SPDX-License-Identifier: Apache-2.0
#include "measure/contention.h"

#include <gtest/gtest.h>

namespace assay::measure {
namespace {

TEST(ProcStat, AddsUpBusyTimeAndKeepsStealApart) {
  const auto times =
      parse_proc_stat("cpu  10 2 3 1000 50 4 5 7 9 1\ncpu0 1 1 1 1 1 1 1 1 1 1\nintr 5\n", 100);
  ASSERT_TRUE(times);
  EXPECT_EQ(times->busy_ns, (10 + 2 + 3 + 4 + 5) * 10'000'000LL);
  EXPECT_EQ(times->steal_ns, 7 * 10'000'000LL);
}

TEST(ProcStat, IsAbsentIfItIsNotAsExpected) {
  EXPECT_FALSE(parse_proc_stat("", 100));
  EXPECT_FALSE(parse_proc_stat("cpu0 1 2 3 4 5 6 7 8\n", 100));
  EXPECT_FALSE(parse_proc_stat("cpu  1 2 3 4\n", 100));
  EXPECT_FALSE(parse_proc_stat("cpu  1 2 x 4 5 6 7 8\n", 100));
  EXPECT_FALSE(parse_proc_stat("cpu  1 2 -3 4 5 6 7 8\n", 100));
}

TEST(CgroupStat, ReadsBothVersions) {
  EXPECT_EQ(parse_throttled_ns("usage_usec 5\nnr_throttled 2\nthrottled_usec 1234\n"), 1'234'000);
  EXPECT_EQ(parse_throttled_ns("nr_periods 9\nnr_throttled 2\nthrottled_time 1234\n"), 1'234);
}

TEST(CgroupStat, IsAbsentWithoutAQuota) {
  EXPECT_FALSE(parse_throttled_ns("usage_usec 5\nuser_usec 3\n"));
  EXPECT_FALSE(parse_throttled_ns(""));
  EXPECT_FALSE(parse_throttled_ns("throttled_usec many\n"));
}

TEST(Cgroup, FindsThePathOfVersionTwo) {
  const auto group = parse_cgroup("0::/user.slice/a:b\n");
  ASSERT_TRUE(group);
  EXPECT_EQ(group->version, 2);
  EXPECT_EQ(group->path, "/user.slice/a:b");
}

TEST(Cgroup, PrefersTheCpuControllerOfVersionOne) {
  const auto group = parse_cgroup("12:cpuset:/\n4:cpu,cpuacct:/docker/x\n0::/system.slice\n");
  ASSERT_TRUE(group);
  EXPECT_EQ(group->version, 1);
  EXPECT_EQ(group->controllers, "cpu,cpuacct");
  EXPECT_EQ(group->path, "/docker/x");
}

TEST(Cgroup, IsAbsentIfThereIsNone) {
  EXPECT_FALSE(parse_cgroup(""));
  EXPECT_FALSE(parse_cgroup("12:cpuset:/\nnonsense\n"));
}

TEST(Contention, IsTheDifferenceOfTwoSnapshots) {
  const MachineCounters before{.wall_ns = 1000,
                               .busy_ns = 50'000,
                               .steal_ns = 10,
                               .own_ns = 20'000,
                               .involuntary_switches = 3,
                               .throttled_ns = 7};
  const MachineCounters after{.wall_ns = 101'000,
                              .busy_ns = 250'000,
                              .steal_ns = 510,
                              .own_ns = 190'000,
                              .involuntary_switches = 8,
                              .throttled_ns = 7};
  const ContentionEvidence evidence = contention_between(before, after, 2, 4);
  EXPECT_EQ(evidence.wall_ns, 100'000);
  EXPECT_EQ(evidence.cpus, 2);
  EXPECT_EQ(evidence.machine_cpus, 4);
  EXPECT_EQ(evidence.other_cpu_ns, 30'000);
  EXPECT_EQ(evidence.steal_ns, 500);
  EXPECT_EQ(evidence.involuntary_switches, 5);
  EXPECT_EQ(evidence.throttled_ns, 0);
}

TEST(Contention, LeavesOutWhatTheSystemDoesNotTell) {
  const ContentionEvidence evidence = contention_between({}, {}, 1, 0);
  EXPECT_FALSE(evidence.other_cpu_ns);
  EXPECT_FALSE(evidence.steal_ns);
  EXPECT_FALSE(evidence.involuntary_switches);
  EXPECT_FALSE(evidence.throttled_ns);
}

TEST(Contention, IsNotNegativeWhenOwnTimeIsFinerThanTheTicks) {
  MachineCounters before;
  before.busy_ns = before.own_ns = 0;
  MachineCounters after;
  after.busy_ns = 10'000'000;
  after.own_ns = 14'000'000;
  EXPECT_EQ(contention_between(before, after, 1, 1).other_cpu_ns, 0);
}

TEST(Contention, ReadsTheCountersOfThisSystem) {
  SteadyClock clock;
  const MachineCounters counters = read_machine_counters(clock);
  EXPECT_GT(counters.wall_ns, 0);
  EXPECT_GT(counters.own_ns.value_or(0), 0);
  EXPECT_TRUE(counters.involuntary_switches);
}

}  // namespace
}  // namespace assay::measure
