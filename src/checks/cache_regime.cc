// SPDX-License-Identifier: Apache-2.0
// Findings `cache-unverified` and `cache-mixed`: the caches were not in the state that the number claims.
#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "base/text.h"
#include "checks/checks.h"

namespace assay::checks {
namespace {

constexpr double kLeastContrast = 2;  // between a flushed and a fresh line; else the flush does nothing

// The time that parts hot lines from cold ones; absent where the probe cannot tell them apart.
std::optional<double> border_ns(const measure::CacheEvidence& cache) {
  if (!cache.hot_ns || !cache.cold_ns || *cache.cold_ns < kLeastContrast * *cache.hot_ns) return std::nullopt;
  return std::sqrt(*cache.hot_ns * *cache.cold_ns);
}

std::optional<bool> was_cold(const measure::CacheEvidence& cache) {
  const auto border = border_ns(cache);
  if (!border || !cache.seen_ns) return std::nullopt;
  return *cache.seen_ns > *border;
}

}  // namespace

Findings check_cache_unverified(const measure::Evidence& evidence) {
  const measure::CacheEvidence& cache = evidence.cache;
  if (cache.regime != "cold" || !cache.hot_ns || !cache.cold_ns) return {};
  const auto border = border_ns(cache);
  if (!border) {
    return {{"cache-unverified", Severity::kQualify,
             fmt::format("a flushed line loads in {}, less than twice the {} of a fresh one",
                         format_duration_ns(*cache.cold_ns), format_duration_ns(*cache.hot_ns)),
             "This machine cannot show that a cache is cold: compare only with numbers from the same "
             "machine."}};
  }
  if (was_cold(cache).value_or(true)) return {};
  return {{"cache-unverified", Severity::kQualify,
           fmt::format("at the moment of the call an input line loads in {} < {}, as if it were warm (fresh "
                       "{}, flushed {})",
                       format_duration_ns(*cache.seen_ns), format_duration_ns(*border),
                       format_duration_ns(*cache.hot_ns), format_duration_ns(*cache.cold_ns)),
           "Find what touches the inputs between the flush and the call, or ask for the warm regime."}};
}

Findings check_cache_mixed(const measure::CacheEvidence& a, const measure::CacheEvidence& b) {
  if (a.regime != b.regime) {
    return {{"cache-mixed", Severity::kQualify,
             fmt::format("one arm ran with a {} cache, the other with a {} one", a.regime, b.regime),
             "Compare both arms in one regime."}};
  }
  const auto a_cold = was_cold(a);
  const auto b_cold = was_cold(b);
  if (!a_cold || !b_cold || *a_cold == *b_cold) return {};
  return {{"cache-mixed", Severity::kQualify,
           fmt::format("both arms claim a {} cache, but their input lines load in {} and in {}", a.regime,
                       format_duration_ns(*a.seen_ns), format_duration_ns(*b.seen_ns)),
           "Make both arms prepare the cache in the same way, and measure again."}};
}

}  // namespace assay::checks
