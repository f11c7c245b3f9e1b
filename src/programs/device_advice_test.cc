// SPDX-License-Identifier: Apache-2.0
#include "programs/device_advice.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace assay::programs {
namespace {

DeviceFacts quiet_device() {
  DeviceFacts facts;
  facts.name = "NVIDIA H200, compute capability 9.0";
  facts.driver = "580.65.06, CUDA 13.0";
  facts.cupti = "CUPTI, version 130000";
  facts.sm_mhz = facts.highest_sm_mhz = 1'980;
  facts.power_w = 120;
  facts.power_limit_w = 700;
  facts.temperature_c = 35;
  facts.event_step_ns = 32;
  facts.event_pair_ns = 1'500;
  facts.launch_sync_ns = 6'000;
  facts.graph_node_ns = 1'100;
  facts.warm_ns = 10'000;
  facts.flushed_ns = 20'000;
  return facts;
}

MachineLine line(const DeviceFacts& facts, std::string_view what) {
  const auto lines = advise_device(facts);
  const auto found = std::find_if(lines.begin(), lines.end(), [&](const auto& l) { return l.what == what; });
  EXPECT_NE(found, lines.end()) << what;
  return found == lines.end() ? MachineLine{} : *found;
}

TEST(DeviceAdvice, HasNothingToDoOnAQuietDevice) {
  const auto lines = advise_device(quiet_device());
  EXPECT_EQ(lines.size(), 7u);
  for (const MachineLine& l : lines) {
    EXPECT_EQ(l.health, Health::kGood) << l.what;
    EXPECT_EQ(l.advice, "") << l.what;
    EXPECT_FALSE(l.got.empty() || l.means.empty()) << l.what;
  }
}

TEST(DeviceAdvice, IsOneLineWithoutADevice) {
  const auto lines = advise_device(tl::unexpected(Error{ErrorCode::kUnavailable, "cuda: no driver"}));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].health, Health::kMissing);
  EXPECT_EQ(lines[0].got, "cuda: no driver");
}

TEST(DeviceAdvice, SaysWhatHoldsTheClockDown) {
  DeviceFacts facts = quiet_device();
  facts.held_down = "power cap";
  EXPECT_EQ(line(facts, "GPU clock").health, Health::kLimits);
  EXPECT_NE(line(facts, "GPU clock").got.find("held down by power cap"), std::string::npos);
}

TEST(DeviceAdvice, SaysFromWhenACallIsTimedByItself) {
  DeviceFacts facts = quiet_device();
  EXPECT_NE(line(facts, "GPU events").means.find(" 15.0 us"), std::string::npos);  // us: ten empty regions
  facts.event_step_ns = 500;
  EXPECT_NE(line(facts, "GPU events").means.find(" 50.0 us"), std::string::npos);  // a hundred steps
}

TEST(DeviceAdvice, DoubtsAFlushThatChangesNothing) {
  DeviceFacts facts = quiet_device();
  facts.flushed_ns = 11'000;
  EXPECT_EQ(line(facts, "GPU cold cache").health, Health::kLimits);
}

TEST(DeviceAdvice, NamesTheLibrariesThatAreMissing) {
  DeviceFacts facts = quiet_device();
  facts.nvml_missing = "nvml: gone";
  facts.cupti_missing = "cupti: gone";
  facts.cublaslt_missing = "cublaslt: gone";
  EXPECT_EQ(line(facts, "GPU sensors").got, "nvml: gone");
  EXPECT_EQ(line(facts, "GPU recorder").got, "cupti: gone");
  EXPECT_EQ(line(facts, "cuBLASLt").got, "cublaslt: gone");
}

TEST(DeviceFacts, AreThereOrSayWhyNot) {
  SteadyClock clock;
  const auto facts = find_device_facts(clock);
  if (facts) {
    EXPECT_GT(facts->event_pair_ns, 0);
    EXPECT_GT(facts->flushed_ns, 0);
  } else {
    EXPECT_EQ(facts.error().message.find('\n'), std::string::npos);
    EXPECT_FALSE(facts.error().message.empty());
  }
}

}  // namespace
}  // namespace assay::programs
