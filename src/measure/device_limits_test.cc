// SPDX-License-Identifier: Apache-2.0
#include "measure/device_limits.h"

#include <gtest/gtest.h>

#include "measure/environment.h"
#include "measure/limits.h"

namespace assay::measure {
namespace {

constexpr std::int64_t kMiB = 1 << 20;

DeviceLimits sample_device() {
  DeviceLimits device;
  device.key = "some GPU; driver 1.2";
  device.name = "some GPU";
  device.driver = "1.2";
  device.power_limit_w = 700;
  device.measured_at = "2026-11-21T18:42:00Z";
  device.multiprocessors = 132;
  device.memory_bytes = 141LL << 30;
  device.l2_bytes = 50 * kMiB;
  device.highest_sm_hz = 1.98e9;
  device.bandwidth = {
      {"read", 0, 16 * kMiB, 7e12, "rows_x8"},          {"read", 0, 1024 * kMiB, 4e12, "rows_x8"},
      {"read", 0, 4096 * kMiB, 4.2e12, "bulk"},         {"cast2", 1.0 / 3, 4096 * kMiB, 3.8e12, "rows_x4"},
      {"add", 1.0 / 3, 4096 * kMiB, 3.9e12, "rows_x4"}, {"copy", 0.5, 4096 * kMiB, 3.6e12, "rows_x4"},
      {"write", 1, 4096 * kMiB, 3e12, "rows_x4"}};
  device.compute = {{"tensor-bf16", "f32", 900e12, "wgmma"},
                    {"tensor-bf16", "f32", 600e12, "mma"},
                    {"tensor-f16", "f16", 950e12, "wgmma"},
                    {"fma-f32", "f32", 60e12, "ffma"}};
  device.costs.launch_ns = 2100;
  device.costs.global_timer_step_ns = 32;
  return device;
}

Limits with_device() {
  Limits limits;
  limits.machine = "some CPU";
  limits.measured_at = "2026-11-21T07:42:00Z";
  limits.cuda = sample_device();
  return limits;
}

std::string error_of(const Limits& limits) {
  const auto back = limits_from_json(limits_to_json(limits), "limits.json");
  return back ? "no error" : back.error().message;
}

TEST(DeviceLimits, ComeBackFromJsonAsTheyWere) {
  const std::string json = limits_to_json(with_device());
  const auto back = limits_from_json(json, "limits.json");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(limits_to_json(*back), json);
  ASSERT_TRUE(back->cuda);
  EXPECT_EQ(back->cuda->bandwidth.size(), 7u);
  EXPECT_EQ(back->cuda->bandwidth[3].written_share, 1.0 / 3);
  EXPECT_EQ(back->cuda->compute[2].accumulation, "f16");
  EXPECT_EQ(back->cuda->costs.launch_ns, 2100);
  EXPECT_EQ(back->cuda->costs.global_timer_step_ns, 32);
  EXPECT_EQ(back->cuda->memory_bytes, 141LL << 30);
}

TEST(DeviceLimits, AreAbsentFromAFileWithoutADevice) {
  Limits limits = with_device();
  limits.cuda.reset();
  const std::string json = limits_to_json(limits);
  EXPECT_EQ(json.find("cuda"), std::string::npos);
  EXPECT_FALSE(limits_from_json(json, "limits.json")->cuda);
}

TEST(DeviceLimits, AreRefusedWithOneLineIfTheyAreNotCeilings) {
  Limits limits = with_device();
  limits.cuda->bandwidth[1].bytes_per_second = 0;
  EXPECT_NE(error_of(limits).find("limits.json: cuda bandwidth 'read' is 0 bytes/s"), std::string::npos);
  limits = with_device();
  limits.cuda->bandwidth[1].written_share = 1.5;
  EXPECT_NE(error_of(limits), "no error");
  limits = with_device();
  limits.cuda->compute[0].flops_per_second = -1;
  EXPECT_NE(error_of(limits), "no error");
  limits = with_device();
  limits.cuda->l2_bytes = -1;
  EXPECT_NE(error_of(limits), "no error");
  std::string json = limits_to_json(with_device());
  json.replace(json.find("\"bulk\""), 6, "[1, 2]");
  const auto wrong = limits_from_json(json, "limits.json");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kCorrupt);
  const auto nothing = limits_from_json(
      "{\"schema\":2,\"machine\":\"m\",\"measured_at\":\"t\",\"bandwidth\":[],\"compute\":[],"
      "\"barrier_ns\":1,\"clock_step_ns\":1,\"empty_region_ns\":1,\"last_level_cache_bytes\":1,\"cuda\":7}",
      "limits.json");
  EXPECT_FALSE(nothing);
}

TEST(DeviceLimits, ReadOlderFilesThatLackACost) {
  std::string json = limits_to_json(with_device());
  const auto at = json.find("\"event_step_ns\"");
  json.erase(at, json.find('"', at + 20) - at);
  const auto back = limits_from_json(json, "limits.json");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->cuda->costs.event_step_ns, 0);
  EXPECT_EQ(back->cuda->costs.launch_ns, 2100);
}

TEST(DeviceLimits, OfAMixLieBetweenTheMixesThatWereMeasured) {
  const DeviceLimits device = sample_device();
  const std::int64_t memory = device.beyond_l2_bytes();
  EXPECT_EQ(memory, 400 * kMiB);
  EXPECT_DOUBLE_EQ(device.for_mix(0, memory)->bytes_per_second, 4.2e12);
  EXPECT_DOUBLE_EQ(device.for_mix(0, 0)->bytes_per_second, 7e12);  // the L2 cache counts
  const auto sixth = device.for_mix(1.0 / 6, memory);
  ASSERT_TRUE(sixth);
  EXPECT_DOUBLE_EQ(sixth->bytes_per_second, 1 / (0.5 / 4.2e12 + 0.5 / 3.9e12));
  EXPECT_DOUBLE_EQ(sixth->at_most, 4.2e12);
  EXPECT_EQ(sixth->name, "read + add, 4.29 GB");
  EXPECT_EQ(device.for_mix(1.0 / 3, memory)->name, "add, 4.29 GB");  // the better kind of one mix
  EXPECT_EQ(device.for_mix(0.35, memory)->name, "add, 4.29 GB");     // near enough
  EXPECT_EQ(device.for_mix(0.01, memory)->name, "read, 4.29 GB");
  EXPECT_DOUBLE_EQ(device.for_mix(1, memory)->bytes_per_second, 3e12);
}

TEST(DeviceLimits, OfAMixAreAbsentWhereOneSideWasNotMeasured) {
  DeviceLimits device = sample_device();
  EXPECT_FALSE(device.for_mix(0, 8192 * kMiB));
  device.bandwidth.resize(2);
  EXPECT_TRUE(device.for_mix(0, 0));
  EXPECT_FALSE(device.for_mix(0.1, 0));
  EXPECT_FALSE(DeviceLimits().for_mix(0, 0));
}

TEST(DeviceLimits, GiveTheBestComputeRateOfAUnitTypeAndAccumulation) {
  const DeviceLimits device = sample_device();
  EXPECT_EQ(device.best_compute("tensor", "bf16", "f32")->kernel, "wgmma");
  EXPECT_EQ(device.best_compute("", "", "")->flops_per_second, 950e12);
  EXPECT_EQ(device.best_compute("", "", "f32")->flops_per_second, 900e12);
  EXPECT_EQ(device.best_compute("fma", "f32", "f32")->flops_per_second, 60e12);
  EXPECT_FALSE(device.best_compute("tensor", "f16", "f32"));
  EXPECT_FALSE(device.best_compute("tensor", "f32", ""));
}

TEST(DeviceKey, TellsDevicesDriversAndPowerCapsApart) {
  const std::string key = device_key("some GPU", "1.2", 700);
  EXPECT_EQ(key, "some GPU; driver 1.2; power cap 700 W; built " + std::string(build_flags()));
  EXPECT_NE(device_key("some GPU", "1.2", 600), key);
  EXPECT_NE(device_key("some GPU", "1.3", 700), key);
  EXPECT_NE(device_key("other GPU", "1.2", 700), key);
  EXPECT_NE(device_key("some GPU", "1.2", 0).find("power cap not told"), std::string::npos);
}

TEST(Datasheet, IsKnownForTheDevicesThatItNames) {
  EXPECT_EQ(datasheet_of("NVIDIA H200")->bytes_per_second, 4.8e12);
  EXPECT_EQ(datasheet_of("NVIDIA H100 80GB HBM3")->bytes_per_second, 3.35e12);
  EXPECT_EQ(datasheet_of("NVIDIA H200")->tensor_16_bit_flops_per_second, 989e12);
  EXPECT_FALSE(datasheet_of("NVIDIA H100 PCIe"));
  EXPECT_FALSE(datasheet_of("NVIDIA GH200 480GB"));
  EXPECT_FALSE(datasheet_of("NVIDIA L4"));
}

}  // namespace
}  // namespace assay::measure
