// SPDX-License-Identifier: Apache-2.0
#include "measure/stop_rule.h"

#include <algorithm>
#include <array>
#include <vector>

#include "measure/statistics.h"

namespace assay::measure {
namespace {

constexpr std::int64_t kFirstLook = 100;
constexpr double kConfidence = 0.95;

// More than any window has; kept, as every sample asks.
constexpr auto kLooks = [] {
  std::array<std::int64_t, 60> looks{kFirstLook};
  for (std::size_t i = 1; i < looks.size(); ++i) looks[i] = looks[i - 1] + looks[i - 1] / 2;
  return looks;
}();

// As summarise() would say, without sorting: long windows are looked at again and again.
bool is_precise(std::span<const std::int64_t> times_ns, const StopOptions& options) {
  const double effective = effective_size_for_median(times_ns);
  if (effective < kMinEffectiveForPrecise) return false;
  const auto ranks = median_ranks(effective, static_cast<std::int64_t>(times_ns.size()), kConfidence);
  if (!ranks) return false;
  std::vector<std::int64_t> times(times_ns.begin(), times_ns.end());
  const auto at = [&](std::int64_t rank) { return times.begin() + static_cast<std::ptrdiff_t>(rank); };
  std::nth_element(times.begin(), at(ranks->upper), times.end());
  std::nth_element(times.begin(), at(ranks->lower), at(ranks->upper));
  const auto width = static_cast<double>(*at(ranks->upper) - *at(ranks->lower));
  const auto n = static_cast<std::int64_t>(times.size());
  // The median lies between the two ranks.
  std::nth_element(at(ranks->lower), at(n / 2), at(ranks->upper));
  double median = static_cast<double>(*at(n / 2));
  if (n % 2 == 0) {
    median = (median + static_cast<double>(*std::max_element(at(ranks->lower), at(n / 2)))) / 2;
  }
  return median > 0 && width / 2 / median <= options.target_half_width;
}

}  // namespace

SamplePlan plan_samples(std::int64_t call_ns, std::int64_t spent_ns, const StopOptions& options) {
  const std::int64_t left_ns = std::max<std::int64_t>(options.budget_ns - spent_ns, 0);
  const double calls = static_cast<double>(left_ns) / static_cast<double>(std::max<std::int64_t>(call_ns, 1));
  const double samples = calls * (1 - options.check_fraction);
  if (samples >= static_cast<double>(kFirstLook)) return {std::nullopt, options.budget_ns};
  const auto fits = static_cast<std::int64_t>(samples);
  return {std::max(fits, kMinSamplesAssumingIndependence), kOverdraft * options.budget_ns};
}

bool is_look(std::int64_t n) { return std::binary_search(kLooks.begin(), kLooks.end(), n); }

Decision decide(std::span<const std::int64_t> times_ns, std::int64_t spent_ns, const SamplePlan& plan,
                const StopOptions& options) {
  const auto n = static_cast<std::int64_t>(times_ns.size());
  if (plan.fixed_count) {
    if (n >= *plan.fixed_count) return Decision::kStopFixedCount;
  } else if (is_look(n) && is_precise(times_ns, options)) {
    return Decision::kStopPrecise;
  }
  return spent_ns >= plan.limit_ns || n >= options.max_samples ? Decision::kStopBudget : Decision::kContinue;
}

}  // namespace assay::measure
