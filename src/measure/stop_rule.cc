// SPDX-License-Identifier: Apache-2.0
#include "measure/stop_rule.h"

#include <algorithm>

#include "measure/statistics.h"

namespace assay::measure {
namespace {

constexpr std::int64_t kFirstLook = 100;

bool is_precise(std::span<const std::int64_t> times_ns, const StopOptions& options) {
  const Statistics statistics = summarise(times_ns);
  const auto half_width = statistics.relative_half_width();
  return half_width && *half_width <= options.target_half_width &&
         statistics.effective_n >= kMinEffectiveForPrecise;
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

bool is_look(std::int64_t n) {
  std::int64_t look = kFirstLook;
  while (look < n) look += look / 2;
  return look == n;
}

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
