// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/testing/expect_finding.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::expect_finding;
using testing::honest_evidence;

// 200 calls that did nothing but their work.
measure::Evidence quiet_evidence() {
  measure::Evidence evidence = honest_evidence();
  evidence.region.calls = 200;
  evidence.region.allocations = 0;
  evidence.region.page_faults = 0;
  evidence.region.voluntary_switches = 0;
  evidence.region.waiting_share = 0;
  evidence.region.io_calls = 0;
  evidence.region.output_bytes = 0;
  evidence.region.children = 0;
  evidence.region.libraries_loaded = 0;
  evidence.region.executable_mappings = 0;
  return evidence;
}

TEST(InsideRegion, IsSilentAboutCallsThatOnlyWork) {
  const measure::Evidence evidence = quiet_evidence();
  EXPECT_TRUE(check_compiled_inside(evidence).empty());
  EXPECT_TRUE(check_allocates_inside(evidence).empty());
  EXPECT_TRUE(check_copies_inside(evidence).empty());
  EXPECT_TRUE(check_blocks_inside(evidence).empty());
}

TEST(InsideRegion, IsSilentIfThereWasNoPass) {
  measure::Evidence evidence = quiet_evidence();
  evidence.region = {};
  evidence.region.allocations = 5;
  evidence.region.page_faults = 500;
  evidence.region.children = 5;
  evidence.region.libraries_loaded = 5;
  EXPECT_TRUE(check_compiled_inside(evidence).empty());
  EXPECT_TRUE(check_allocates_inside(evidence).empty());
  EXPECT_TRUE(check_copies_inside(evidence).empty());
  EXPECT_TRUE(check_blocks_inside(evidence).empty());
}

TEST(CompiledInside, RejectsALoadedLibrary) {
  measure::Evidence evidence = quiet_evidence();
  evidence.region.libraries_loaded = 1;
  expect_finding(check_compiled_inside(evidence), "compiled-inside", Severity::kReject);
}

TEST(CompiledInside, RejectsAnExecutableMapping) {
  measure::Evidence evidence = quiet_evidence();
  evidence.region.executable_mappings = 1;
  expect_finding(check_compiled_inside(evidence), "compiled-inside", Severity::kReject);
}

TEST(AllocatesInside, QualifiesWithCountBytesAndShare) {
  measure::Evidence evidence = quiet_evidence();
  evidence.region.allocations = 500;
  evidence.region.allocated_bytes = 200'000;
  evidence.region.allocation_share = 0.125;
  expect_finding(check_allocates_inside(evidence), "allocates-inside", Severity::kQualify);
  EXPECT_EQ(check_allocates_inside(evidence)[0].evidence,
            "2.5 allocations a call > 0, 1.00 kB a call, 12.5 % of the time");
}

TEST(CopiesInside, QualifiesMoreThanOneFaultInTwoCalls) {
  measure::Evidence evidence = quiet_evidence();
  evidence.statistics.median_ns = 10'000;
  evidence.region.page_faults = 100;
  EXPECT_TRUE(check_copies_inside(evidence).empty());
  evidence.region.page_faults = 101;
  expect_finding(check_copies_inside(evidence), "copies-inside", Severity::kQualify);
}

TEST(CopiesInside, IgnoresFaultsThatTakeNoTimeWorthSaying) {
  measure::Evidence evidence = quiet_evidence();
  evidence.region.page_faults = 600;  // 3 a call, 0.75 us at least
  evidence.statistics.median_ns = 751'000;
  EXPECT_TRUE(check_copies_inside(evidence).empty());
  evidence.statistics.median_ns = 749'000;
  expect_finding(check_copies_inside(evidence), "copies-inside", Severity::kQualify);
}

TEST(BlocksInside, NeedsBothTheWaitAndTheSwitches) {
  measure::Evidence evidence = quiet_evidence();
  evidence.region.waiting_share = 0.011;
  evidence.region.voluntary_switches = 100;
  EXPECT_TRUE(check_blocks_inside(evidence).empty());  // somebody else had the CPU
  evidence.region.voluntary_switches = 101;
  expect_finding(check_blocks_inside(evidence), "blocks-inside", Severity::kQualify);
  evidence.region.waiting_share = 0.01;
  EXPECT_TRUE(check_blocks_inside(evidence).empty());  // threads of the case waited for each other
}

TEST(BlocksInside, QualifiesInputAndOutput) {
  measure::Evidence evidence = quiet_evidence();
  evidence.region.io_calls = 100;
  EXPECT_TRUE(check_blocks_inside(evidence).empty());
  evidence.region.io_calls = 101;
  expect_finding(check_blocks_inside(evidence), "blocks-inside", Severity::kQualify);
}

TEST(BlocksInside, QualifiesPrintingAndChildren) {
  measure::Evidence evidence = quiet_evidence();
  evidence.region.output_bytes = 1;
  expect_finding(check_blocks_inside(evidence), "blocks-inside", Severity::kQualify);
  evidence.region.output_bytes = 0;
  evidence.region.children = 1;
  expect_finding(check_blocks_inside(evidence), "blocks-inside", Severity::kQualify);
}

}  // namespace
}  // namespace assay::checks
