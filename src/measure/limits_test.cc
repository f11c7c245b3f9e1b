// SPDX-License-Identifier: Apache-2.0
#include "measure/limits.h"

#include <gtest/gtest.h>

#include "base/testing/temporary_folder.h"
#include "measure/environment.h"

namespace assay::measure {
namespace {

Limits sample_limits() {
  Limits limits;
  limits.machine = "some CPU; 2 CPUs";
  limits.measured_at = "2026-11-21T07:42:00Z";
  limits.bandwidth = {{"read", 1 << 20, 1, 40e9, "avx2"},
                      {"read", 256 << 20, 1, 11e9, "avx2"},
                      {"read", 256 << 20, 2, 20e9, "avx2"},
                      {"read", 512 << 20, 2, 21e9, "plain"},
                      {"copy", 256 << 20, 2, 15e9, "avx2"}};
  limits.compute = {{"f32-fma", 1, 50e9, "avx2"}, {"f32-fma", 2, 95e9, "avx2"}, {"i8-dot", 1, 120e9, "vnni"}};
  limits.barrier_ns = 812.5;
  limits.clock_step_ns = 1;
  limits.empty_region_ns = 31;
  limits.last_level_cache_bytes = 32 << 20;
  return limits;
}

std::string error_of(std::string_view json) {
  const auto limits = limits_from_json(json, "limits.json");
  if (limits) return "no error";
  EXPECT_EQ(limits.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(limits.error().message.find('\n'), std::string::npos);
  return limits.error().message;
}

TEST(Limits, ComeBackFromJsonAsTheyWere) {
  const std::string json = limits_to_json(sample_limits());
  const auto limits = limits_from_json(json, "limits.json");
  ASSERT_TRUE(limits) << limits.error().message;
  EXPECT_EQ(limits_to_json(*limits), json);
  EXPECT_EQ(limits->bandwidth.size(), 5u);
  EXPECT_EQ(limits->bandwidth[3].kernel, "plain");
  EXPECT_EQ(limits->compute[2].flops_per_second, 120e9);
  EXPECT_EQ(limits->barrier_ns, 812.5);
  EXPECT_EQ(limits->last_level_cache_bytes, 32 << 20);
}

TEST(Limits, ComeBackFromAFile) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "limits.json";
  ASSERT_TRUE(write_limits(sample_limits(), path));
  const auto limits = read_limits(path);
  ASSERT_TRUE(limits) << limits.error().message;
  EXPECT_EQ(limits->machine, "some CPU; 2 CPUs");
  EXPECT_EQ(read_limits(folder.path() / "absent.json").error().code, ErrorCode::kNotFound);
}

TEST(Limits, AreRefusedWithOneLineIfMalformed) {
  EXPECT_EQ(error_of("{"),
            "limits.json: not a JSON object, expected a file of limits; run `assay limits` again");
  EXPECT_EQ(error_of("[1]"),
            "limits.json: not a JSON object, expected a file of limits; run `assay limits` again");
  EXPECT_EQ(error_of("{}"), "limits.json: schema is missing, expected 2; run `assay limits` again");
  EXPECT_EQ(error_of("{\"schema\": 3}"), "limits.json: schema is 3, expected 2; run `assay limits` again");
  EXPECT_EQ(error_of("{\"schema\": 2}"), "limits.json: key 'machine' not found; run `assay limits` again");
}

TEST(Limits, AreRefusedAtEveryTruncation) {
  const std::string json = limits_to_json(sample_limits());
  for (std::size_t size = 0; size + 2 < json.size(); ++size) {
    EXPECT_NE(error_of(std::string_view(json).substr(0, size)), "no error") << size;
  }
}

TEST(Limits, AreRefusedIfAFieldHasTheWrongType) {
  std::string json = limits_to_json(sample_limits());
  json.replace(json.find("\"avx2\""), 6, "[1, 2]");
  EXPECT_NE(error_of(json).find("type must be string"), std::string::npos);
}

TEST(Limits, AreRefusedIfACeilingIsNotPositive) {
  Limits limits = sample_limits();
  limits.bandwidth[0].bytes_per_second = 0;
  EXPECT_EQ(error_of(limits_to_json(limits)),
            "limits.json: bandwidth 'read' is 0 bytes/s, expected more than 0; run `assay limits` again");
  limits = sample_limits();
  limits.compute[0].flops_per_second = -1;
  EXPECT_NE(error_of(limits_to_json(limits)), "no error");
}

TEST(Limits, GiveTheBestBandwidthOfAKindSizeAndNumberOfThreads) {
  const Limits limits = sample_limits();
  EXPECT_EQ(limits.best_bandwidth("read", 0, 0)->bytes_per_second, 40e9);
  EXPECT_EQ(limits.best_bandwidth("read", 0, 100 << 20)->bytes_per_second, 21e9);
  EXPECT_EQ(limits.best_bandwidth("read", 1, 100 << 20)->bytes_per_second, 11e9);
  EXPECT_EQ(limits.best_bandwidth("copy", 2, 0)->bytes_per_second, 15e9);
  EXPECT_FALSE(limits.best_bandwidth("copy", 1, 0));
  EXPECT_FALSE(limits.best_bandwidth("write", 0, 0));
}

TEST(Limits, GiveTheBestComputeRateOfANumberOfThreads) {
  const Limits limits = sample_limits();
  EXPECT_EQ(limits.best_compute(0)->kind, "i8-dot");
  EXPECT_EQ(limits.best_compute(0, "f32")->kind, "f32-fma");
  EXPECT_EQ(limits.best_compute(0, "i32 in a block, f32")->kind, "i8-dot");
  EXPECT_EQ(limits.best_compute(2)->flops_per_second, 95e9);
  EXPECT_FALSE(limits.best_compute(3));
}

TEST(MachineKey, TellsMachinesApart) {
  device::CpuFeatures features;
  features.model_name = "some CPU";
  features.logical_cpus = 2;
  features.data_caches = {{1, 32768, 1}, {3, 1 << 25, 2}, {2, 1 << 20, 1}};
  const std::string key = machine_key(features);
  EXPECT_EQ(key, "some CPU; 2 CPUs; avx2 false; avx512vnni false; L3 33554432 bytes; built " +
                     std::string(build_flags()));
  device::CpuFeatures other = features;
  other.avx512_vnni = true;
  EXPECT_NE(machine_key(other), key);
}

TEST(Limits, OfAMixLieBetweenTheMixesThatWereMeasured) {
  Limits limits;
  limits.bandwidth = {{"read", 256 << 20, 2, 20e9, "avx2"},
                      {"copy", 256 << 20, 2, 10e9, "avx2"},
                      {"write", 256 << 20, 2, 5e9, "avx2"},
                      {"read", 1 << 20, 2, 500e9, "avx2"}};
  const auto read = limits.for_mix(0, 2, 64 << 20);
  ASSERT_TRUE(read);
  EXPECT_DOUBLE_EQ(read->bytes_per_second, 20e9);
  EXPECT_EQ(read->name, "read, 2 threads, 268 MB");
  const auto quarter = limits.for_mix(0.25, 2, 64 << 20);
  ASSERT_TRUE(quarter);
  EXPECT_DOUBLE_EQ(quarter->bytes_per_second, 1 / (0.5 / 20e9 + 0.5 / 10e9));
  EXPECT_DOUBLE_EQ(quarter->at_most, 20e9);
  EXPECT_EQ(quarter->name, "read + copy, 2 threads, 268 MB");
  EXPECT_DOUBLE_EQ(limits.for_mix(0.5, 2, 64 << 20)->bytes_per_second, 10e9);
  EXPECT_DOUBLE_EQ(limits.for_mix(1, 2, 64 << 20)->bytes_per_second, 5e9);
  EXPECT_FALSE(limits.for_mix(0.5, 1, 64 << 20));  // nothing with one thread
}

TEST(Limits, OfAMixAreAbsentWhereOneSideWasNotMeasured) {
  Limits limits;
  limits.bandwidth = {{"read", 256 << 20, 2, 20e9, "avx2"}};
  EXPECT_TRUE(limits.for_mix(0, 2, 0));
  EXPECT_EQ(limits.for_mix(0.01, 2, 0)->name, "read, 2 threads, 268 MB");  // as good as read
  EXPECT_FALSE(limits.for_mix(0.1, 2, 0));
}

}  // namespace
}  // namespace assay::measure
