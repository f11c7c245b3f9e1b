// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/testing/expect_finding.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::expect_finding;
using testing::honest_evidence;

// Fresh lines load in 4 ns, flushed ones in 100 ns: the border is at 20 ns.
measure::CacheEvidence cache_of(std::string regime, double seen_ns) {
  measure::CacheEvidence cache;
  cache.regime = std::move(regime);
  cache.hot_ns = 4;
  cache.cold_ns = 100;
  cache.seen_ns = seen_ns;
  return cache;
}

measure::Evidence evidence_of(measure::CacheEvidence cache) {
  measure::Evidence evidence = honest_evidence();
  evidence.cache = std::move(cache);
  return evidence;
}

TEST(CacheUnverified, QualifiesAColdRegimeThatIsWarm) {
  EXPECT_TRUE(check_cache_unverified(evidence_of(cache_of("cold", 21))).empty());
  expect_finding(check_cache_unverified(evidence_of(cache_of("cold", 19))), "cache-unverified",
                 Severity::kQualify);
}

TEST(CacheUnverified, AsksNothingOfTheWarmRegime) {
  EXPECT_TRUE(check_cache_unverified(evidence_of(cache_of("warm", 4))).empty());
}

TEST(CacheUnverified, QualifiesAFlushWithoutEffect) {
  measure::CacheEvidence cache = cache_of("cold", 100);
  cache.cold_ns = 7.9;
  expect_finding(check_cache_unverified(evidence_of(cache)), "cache-unverified", Severity::kQualify);
}

TEST(CacheUnverified, IsSilentWithoutAProbe) {
  measure::CacheEvidence cache;
  cache.regime = "cold";
  EXPECT_TRUE(check_cache_unverified(evidence_of(cache)).empty());
}

TEST(CacheMixed, QualifiesArmsInDifferentRegimes) {
  EXPECT_TRUE(check_cache_mixed(cache_of("cold", 90), cache_of("cold", 80)).empty());
  expect_finding(check_cache_mixed(cache_of("cold", 90), cache_of("warm", 90)), "cache-mixed",
                 Severity::kQualify);
}

TEST(CacheMixed, QualifiesArmsWhoseLinesSayOtherwise) {
  expect_finding(check_cache_mixed(cache_of("warm", 90), cache_of("warm", 5)), "cache-mixed",
                 Severity::kQualify);
}

TEST(CacheMixed, IsSilentWithoutAProbe) { EXPECT_TRUE(check_cache_mixed({}, {}).empty()); }

}  // namespace
}  // namespace assay::checks
