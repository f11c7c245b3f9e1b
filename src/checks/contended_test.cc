// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/testing/expect_finding.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::expect_finding;
using testing::honest_evidence;

// 2 CPUs are wanted for 1 s in the honest evidence: 2,000 ms of CPU time.
constexpr std::int64_t kMs = 1'000'000;

TEST(Contended, IsSilentOnAnIdleMachine) { EXPECT_TRUE(check_contended(honest_evidence()).empty()); }

TEST(Contended, IsSilentIfTheSystemTellsNothing) {
  measure::Evidence evidence = honest_evidence();
  evidence.contention = {};
  evidence.contention.wall_ns = 1000 * kMs;
  EXPECT_TRUE(check_contended(evidence).empty());
}

TEST(Contended, QualifiesAboveTwoPercentOfOtherProgramsTime) {
  measure::Evidence evidence = honest_evidence();
  evidence.contention.other_cpu_ns = 40 * kMs;
  EXPECT_TRUE(check_contended(evidence).empty());
  evidence.contention.other_cpu_ns = 42 * kMs;
  const auto findings = check_contended(evidence);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].code, "contended");
  EXPECT_EQ(findings[0].severity, Severity::kQualify);
  EXPECT_EQ(findings[0].evidence,
            "other programs' CPU time 2.1 % of the wanted 2 CPUs > 2 %; 3 involuntary switches");
}

TEST(Contended, RejectsAboveFivePercent) {
  measure::Evidence evidence = honest_evidence();
  evidence.contention.other_cpu_ns = 99 * kMs;
  EXPECT_EQ(check_contended(evidence)[0].severity, Severity::kQualify);
  evidence.contention.other_cpu_ns = 101 * kMs;
  EXPECT_EQ(check_contended(evidence)[0].severity, Severity::kReject);
}

TEST(Contended, AddsUpStealAndThrottling) {
  measure::Evidence evidence = honest_evidence();
  evidence.contention.other_cpu_ns.reset();
  evidence.contention.steal_ns = 30 * kMs;
  evidence.contention.throttled_ns = 80 * kMs;
  const auto findings = check_contended(evidence);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].severity, Severity::kReject);
  EXPECT_EQ(
      findings[0].evidence,
      "time stolen by the hypervisor 1.5 %, throttling by the CPU quota 4.0 % of the wanted 2 CPUs > 2 %; "
      "3 involuntary switches");
}

TEST(Contended, LetsOthersUseTheCpusThatTheCaseDoesNotWant) {
  measure::Evidence evidence = honest_evidence();
  evidence.contention.cpus = 1;
  evidence.contention.other_cpu_ns = 1000 * kMs;  // one of the two CPUs, all the time
  EXPECT_TRUE(check_contended(evidence).empty());
  evidence.contention.other_cpu_ns = 1100 * kMs;
  EXPECT_EQ(check_contended(evidence).size(), 1u);
}

TEST(Contended, CountsAllOfOthersTimeIfTheNumberOfCpusIsUnknown) {
  measure::Evidence evidence = honest_evidence();
  evidence.contention.cpus = 1;
  evidence.contention.machine_cpus = 0;
  evidence.contention.other_cpu_ns = 1000 * kMs;
  EXPECT_EQ(check_contended(evidence).size(), 1u);
}

// From a place in the window on, a neighbour takes part of the core; the times follow by a factor.
measure::Evidence with_neighbour(double begin, double times_factor) {
  measure::Evidence evidence = honest_evidence();
  auto times = evidence.samples.times_ns;
  const auto from = [&](std::size_t size) {
    return static_cast<std::size_t>(begin * static_cast<double>(size));
  };
  testing::scale_from(evidence.samples.core.wide_ns, from(40), 1.8);
  testing::scale_from(times, from(times.size()), times_factor);
  testing::set_times(evidence, times);
  return evidence;
}

TEST(Contended, TakesADriftThatComesWithANeighbour) {
  const measure::Evidence evidence = with_neighbour(0.7, 1.5);
  expect_finding(check_contended(evidence), "contended", Severity::kReject);
  EXPECT_TRUE(check_drifting(evidence).empty());
  EXPECT_TRUE(check_clock_moved(evidence).empty());
}

TEST(Contended, LeavesADriftToTheProgramThatGoesOnWithoutTheNeighbour) {
  measure::Evidence evidence = with_neighbour(0.7, 1.5);
  auto times = evidence.samples.times_ns;
  testing::scale_from(times, 40, 1.2);
  testing::set_times(evidence, times);
  expect_finding(check_drifting(evidence), "drifting", Severity::kReject);
}

TEST(Contended, IgnoresANeighbourThatMovesNothing) {
  EXPECT_TRUE(check_contended(with_neighbour(0.7, 1)).empty());
}

TEST(Contended, SaysByHowMuchANeighbourMovedTheMedian) {
  measure::Evidence evidence = with_neighbour(0.7, 1);
  // As if the shared part were slower in a way that makes no pattern.
  evidence.statistics.median_ns *= 1.03;
  expect_finding(check_contended(evidence), "contended", Severity::kQualify);
}

}  // namespace
}  // namespace assay::checks
