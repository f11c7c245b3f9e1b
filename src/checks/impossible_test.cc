// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::honest_evidence;

// The interval reaches up to exactly `upper_ns`.
measure::Evidence evidence_up_to(double upper_ns) {
  measure::Evidence evidence = honest_evidence();
  evidence.statistics.median_interval = measure::Interval{upper_ns * 0.9, upper_ns, 0.95};
  return evidence;
}

TEST(Impossible, IsSilentAboveEveryFloor) { EXPECT_TRUE(check_impossible(honest_evidence()).empty()); }

TEST(Impossible, RejectsATimeUnderTheFloorOfTheBytes) {
  // 7 MB beyond the cache at 10 GB/s are 700 us; 5 % of margin leave 665 us.
  EXPECT_TRUE(check_impossible(evidence_up_to(665'001)).empty());
  const auto findings = check_impossible(evidence_up_to(664'999));
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].code, "impossible");
  EXPECT_EQ(findings[0].severity, Severity::kReject);
  EXPECT_NE(findings[0].evidence.find("(read, 2 threads, 256 MB)"), std::string::npos)
      << findings[0].evidence;
}

TEST(Impossible, TakesTheCacheOffTheBytes) {
  measure::Evidence evidence = evidence_up_to(100'000);
  evidence.floor.cache_capacity = {8'000'000};
  EXPECT_TRUE(check_impossible(evidence).empty());
}

TEST(Impossible, RejectsATimeUnderTheFloorOfTheFlops) {
  measure::Evidence evidence = evidence_up_to(75'999);
  evidence.floor.best_bytes_per_second.reset();
  EXPECT_EQ(check_impossible(evidence).size(), 1u);  // 80 us at the peak, 76 us with the margin
  evidence.statistics.median_interval->upper = 76'001;
  EXPECT_TRUE(check_impossible(evidence).empty());
}

TEST(Impossible, RejectsATimeUnderAnEmptyRegion) {
  measure::Evidence evidence = evidence_up_to(37);
  evidence.floor.best_bytes_per_second.reset();
  evidence.floor.peak_flops_per_second.reset();
  ASSERT_EQ(check_impossible(evidence).size(), 1u);
  EXPECT_EQ(check_impossible(evidence)[0].evidence,
            "at most 37 ns < 40 ns, the least time for a timed region with nothing in it");
  evidence.statistics.median_interval->upper = 39;
  EXPECT_TRUE(check_impossible(evidence).empty());
}

TEST(Impossible, NamesEveryFloorThatIsBroken) { EXPECT_EQ(check_impossible(evidence_up_to(1)).size(), 3u); }

TEST(Impossible, IsSilentIfNoCeilingIsKnown) {
  measure::Evidence evidence = evidence_up_to(1);
  evidence.floor.best_bytes_per_second.reset();
  evidence.floor.peak_flops_per_second.reset();
  evidence.floor.empty_region_ns = 0;
  EXPECT_TRUE(check_impossible(evidence).empty());
}

TEST(Impossible, IsSilentIfNoWorkIsStated) {
  measure::Evidence evidence = evidence_up_to(1000);
  evidence.floor.bytes = {};
  evidence.floor.flops = {};
  EXPECT_TRUE(check_impossible(evidence).empty());
}

TEST(Impossible, GivesEachCallOfABatchItsPartOfTheEmptyRegion) {
  measure::Evidence evidence = evidence_up_to(1);
  evidence.floor.bytes = {};
  evidence.floor.flops = {};
  evidence.samples.calls_per_sample = 100;
  evidence.floor.empty_region_ns = 104;
  EXPECT_TRUE(check_impossible(evidence).empty());
  evidence.floor.empty_region_ns = 106;
  EXPECT_EQ(check_impossible(evidence).size(), 1u);
}

TEST(Impossible, JudgesTheLongestCallIfThereIsNoInterval) {
  measure::Evidence evidence = honest_evidence();
  evidence.statistics.median_interval.reset();
  evidence.statistics.max_ns = 666'000;
  evidence.statistics.median_ns = 100'000;
  EXPECT_TRUE(check_impossible(evidence).empty());
  evidence.statistics.max_ns = 100'000;
  EXPECT_EQ(check_impossible(evidence).size(), 1u);
}

}  // namespace
}  // namespace assay::checks
