// SPDX-License-Identifier: Apache-2.0
// What the checks say about a case on a device, from what its recorder and its sensors saw.
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/testing/expect_finding.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::expect_finding;
using testing::honest_evidence;

// Four recorded calls of one kernel each, on a steady and idle device.
measure::Evidence honest_device() {
  measure::Evidence evidence = honest_evidence();
  evidence.samples.core = {};
  measure::DeviceEvidence& device = evidence.device;
  device.device = "NVIDIA H200";
  device.activity.calls = 4;
  device.activity.kernel_count = 4;
  device.activity.streams = 1;
  device.activity.busy_ns = 1'000'000;
  device.clocks.lowest_sm_hz = 1.97e9;
  device.clocks.highest_sm_hz = 1.98e9;
  device.clocks.stamps = 300;
  device.clocks.other_processes = 0;
  device.graph_ns = 1'000'000;
  device.isolated_ns = 1'010'000;
  return evidence;
}

TEST(DeviceEvidence, OfAnHonestCaseGivesNoFinding) {
  for (const Finding& finding : run_all(honest_device())) ADD_FAILURE() << finding.code << finding.evidence;
}

TEST(DeviceEvidence, RejectsCodeThatWasLoadedInside) {
  measure::Evidence evidence = honest_device();
  evidence.device.activity.modules_loaded = 1;
  expect_finding(check_compiled_inside(evidence), "compiled-inside", Severity::kReject);
}

TEST(DeviceEvidence, RejectsGraphsThatWereMadeReadyInside) {
  measure::Evidence evidence = honest_device();
  evidence.device.activity.graphs_made = 4;
  expect_finding(check_compiled_inside(evidence), "compiled-inside", Severity::kReject);
}

TEST(DeviceEvidence, QualifiesAllocationsOfDeviceMemory) {
  measure::Evidence evidence = honest_device();
  evidence.device.activity.allocations = 4;
  evidence.device.activity.allocated_bytes = 4'096;
  const Findings findings = check_allocates_inside(evidence);
  expect_finding(findings, "allocates-inside", Severity::kQualify);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_TRUE(findings[0].evidence.starts_with("1 allocations of device memory a call > 0"))
      << findings[0].evidence;
}

TEST(DeviceEvidence, QualifiesCopiesThroughTheHostOnly) {
  measure::Evidence evidence = honest_device();
  evidence.device.activity.copy_count = 4;
  EXPECT_TRUE(check_copies_inside(evidence).empty());  // on the device: part of the work
  evidence.device.activity.host_copied_bytes = 16;
  expect_finding(check_copies_inside(evidence), "copies-inside", Severity::kQualify);
}

TEST(DeviceEvidence, QualifiesAWaitInMoreThanOneOfTwoCalls) {
  measure::Evidence evidence = honest_device();
  evidence.device.activity.waits = 2;
  EXPECT_TRUE(check_blocks_inside(evidence).empty());
  evidence.device.activity.waits = 3;
  expect_finding(check_blocks_inside(evidence), "blocks-inside", Severity::kQualify);
}

TEST(DeviceEvidence, CountsNothingWithoutAPassOfTheRecorder) {
  measure::Evidence evidence = honest_device();
  evidence.device.activity = {};
  evidence.device.activity.modules_loaded = evidence.device.activity.allocations = 1;
  evidence.device.activity.host_copied_bytes = evidence.device.activity.waits = 1;
  evidence.buffers.outputs_untouched = true;
  EXPECT_TRUE(check_compiled_inside(evidence).empty());
  EXPECT_TRUE(check_allocates_inside(evidence).empty());
  EXPECT_TRUE(check_copies_inside(evidence).empty());
  EXPECT_TRUE(check_blocks_inside(evidence).empty());
  EXPECT_TRUE(check_nothing_ran(evidence).empty());
}

TEST(DeviceEvidence, RejectsCallsThatPutNothingOnTheDevice) {
  measure::Evidence evidence = honest_device();
  evidence.device.activity.kernel_count = 0;
  EXPECT_TRUE(check_nothing_ran(evidence).empty());  // but the outputs were written
  evidence.buffers.outputs_untouched = true;
  expect_finding(check_nothing_ran(evidence), "nothing-ran", Severity::kReject);
  for (std::int64_t measure::DeviceActivity::*const count :
       {&measure::DeviceActivity::kernel_count, &measure::DeviceActivity::copy_count,
        &measure::DeviceActivity::fill_count}) {
    measure::Evidence worked = evidence;
    worked.device.activity.*count = 1;
    EXPECT_TRUE(check_nothing_ran(worked).empty());
  }
}

TEST(DeviceEvidence, RejectsATimeShorterThanTheDeviceWorked) {
  measure::Evidence evidence = honest_device();
  evidence.flight.claimed_ns = 1'000;
  evidence.flight.device_busy_ns = 4'000;
  evidence.flight.stated_overhead_ns = 3'000;
  EXPECT_TRUE(check_unsynchronised(evidence).empty());
  evidence.flight.device_busy_ns = 4'001;
  expect_finding(check_unsynchronised(evidence), "unsynchronised", Severity::kReject);
}

TEST(DeviceEvidence, RejectsHeatAndQualifiesAPowerCap) {
  measure::Evidence evidence = honest_device();
  evidence.device.clocks.slowdown = "power cap";
  expect_finding(check_throttled(evidence), "throttled", Severity::kQualify);
  evidence.device.clocks.slowdown = "hardware slowdown";
  evidence.device.clocks.is_heat = true;
  expect_finding(check_throttled(evidence), "throttled", Severity::kReject);
}

TEST(DeviceEvidence, SaysThatTheClockMovedBeyondTwoPerCent) {
  measure::Evidence evidence = honest_device();
  evidence.device.clocks.lowest_sm_hz = 1.98e9 / 1.019;
  EXPECT_TRUE(check_clock_moved(evidence).empty());
  evidence.device.clocks.lowest_sm_hz = 1.98e9 / 1.03;
  expect_finding(check_clock_moved(evidence), "clock-moved", Severity::kQualify);
}

// Noise of 1 % spreads the times by 3.3 % from 5 to 95 %: more the clock cannot have done to them.
TEST(DeviceEvidence, LetsAMovingClockCountNoMoreThanTheTimesSpread) {
  measure::Evidence evidence = honest_device();
  evidence.device.clocks.lowest_sm_hz = 1.0e9;
  expect_finding(check_clock_moved(evidence), "clock-moved", Severity::kReject);  // of 150 samples all count
  measure::testing::NoiseSeries quiet(measure::testing::Noise::kNormal, 0.001, 0, 7);
  testing::set_times(evidence, quiet.take(150));
  expect_finding(check_clock_moved(evidence), "clock-moved", Severity::kQualify);
  measure::testing::NoiseSeries noise(measure::testing::Noise::kNormal, 0.01, 0, 7);
  testing::set_times(evidence, noise.take(300));
  expect_finding(check_clock_moved(evidence), "clock-moved", Severity::kQualify);
  auto times = evidence.samples.times_ns;
  testing::scale_from(times, times.size() / 2, 2);
  testing::set_times(evidence, times);
  evidence.statistics.median_interval.reset();  // as wide as the step: the limit would follow it
  expect_finding(check_clock_moved(evidence), "clock-moved", Severity::kReject);
}

TEST(DeviceEvidence, SaysNothingAboutAClockThatWasNotStamped) {
  measure::Evidence evidence = honest_device();
  evidence.device.clocks.lowest_sm_hz.reset();
  evidence.device.clocks.highest_sm_hz.reset();
  EXPECT_TRUE(check_clock_moved(evidence).empty());
}

TEST(DeviceEvidence, QualifiesOtherProcessesOnTheDevice) {
  measure::Evidence evidence = honest_device();
  evidence.device.clocks.other_processes = 1;
  expect_finding(check_contended(evidence), "contended", Severity::kQualify);
  evidence.device.clocks.other_processes.reset();  // nobody can tell
  EXPECT_TRUE(check_contended(evidence).empty());
}

TEST(LaunchBound, QualifiesMoreThanAThirdThatIsGoneInAGraph) {
  measure::Evidence evidence = honest_device();
  evidence.device.graph_ns = 20'100;
  evidence.device.isolated_ns = 30'000;
  EXPECT_TRUE(check_launch_bound(evidence).empty());
  evidence.device.graph_ns = 19'900;
  expect_finding(check_launch_bound(evidence), "launch-bound", Severity::kQualify);
}

TEST(LaunchBound, NeedsBothModes) {
  measure::Evidence evidence = honest_device();
  evidence.device.graph_ns = 1;
  evidence.device.isolated_ns.reset();
  EXPECT_TRUE(check_launch_bound(evidence).empty());
  evidence.device.isolated_ns = 30'000;
  evidence.device.graph_ns.reset();
  EXPECT_TRUE(check_launch_bound(evidence).empty());
}

}  // namespace
}  // namespace assay::checks
