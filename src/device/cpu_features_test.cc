// SPDX-License-Identifier: Apache-2.0
#include "device/cpu_features.h"

#include <gtest/gtest.h>

namespace assay::device {
namespace {

// The compiler's own detection is an independent witness.
TEST(CpuFeatures, AgreesWithTheCompilersDetection) {
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool vnni = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("avx512vnni");
  EXPECT_EQ(cpu_features().avx2, avx2);
  EXPECT_EQ(cpu_features().avx512_vnni, avx2 && vnni);
}

TEST(CpuFeatures, CountsAtLeastOneCpuAndNamesIt) {
  EXPECT_GE(cpu_features().logical_cpus, 1);
  EXPECT_FALSE(cpu_features().model_name.empty());
}

TEST(CpuFeatures, ListsCachesByLevel) {
  int level = 0;
  for (const CacheInfo& cache : cpu_features().data_caches) {
    EXPECT_GE(cache.level, level);
    EXPECT_GE(cache.size_bytes, 1024);
    EXPECT_GE(cache.shared_by, 1);
    level = cache.level;
  }
}

TEST(CpuFeatures, BestIsaIsAvailable) {
  EXPECT_TRUE(is_available(Isa::kReference));
  EXPECT_TRUE(is_available(best_isa()));
  EXPECT_TRUE(is_available(Isa::kAvx2) || !is_available(Isa::kAvx512Vnni));
}

TEST(CpuFeatures, NamesEveryIsa) {
  EXPECT_EQ(isa_name(Isa::kReference), "reference");
  EXPECT_EQ(isa_name(Isa::kAvx2), "avx2");
  EXPECT_EQ(isa_name(Isa::kAvx512Vnni), "avx512vnni");
}

}  // namespace
}  // namespace assay::device
