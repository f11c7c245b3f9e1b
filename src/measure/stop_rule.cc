// SPDX-License-Identifier: Apache-2.0
#include "measure/stop_rule.h"

#include <algorithm>
#include <array>
#include <limits>
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

// Times that are put into order only where they are asked for.
class Ordered {
 public:
  explicit Ordered(std::span<const std::int64_t> times_ns) : times_(times_ns.begin(), times_ns.end()) {}

  // Half of the width between two ranks over the median, which lies between them.
  [[nodiscard]] double relative_half_width(const RankInterval& ranks) {
    const auto n = static_cast<std::int64_t>(times_.size());
    std::nth_element(times_.begin(), at(ranks.upper), times_.end());
    std::nth_element(times_.begin(), at(ranks.lower), at(ranks.upper));
    const auto width = static_cast<double>(*at(ranks.upper) - *at(ranks.lower));
    std::nth_element(at(ranks.lower), at(n / 2), at(ranks.upper));
    auto median = static_cast<double>(*at(n / 2));
    if (n % 2 == 0) {
      median = (median + static_cast<double>(*std::max_element(at(ranks.lower), at(n / 2)))) / 2;
    }
    return median > 0 ? width / 2 / median : std::numeric_limits<double>::infinity();
  }

 private:
  std::vector<std::int64_t>::iterator at(std::int64_t rank) {
    return times_.begin() + static_cast<std::ptrdiff_t>(rank);
  }
  std::vector<std::int64_t> times_;
};

// As summarise() would say, but without sorting, and without the effective size where even the largest that
// it can have would not do: long windows are looked at again and again.
bool is_precise(std::span<const std::int64_t> times_ns, const StopOptions& options) {
  const auto n = static_cast<std::int64_t>(times_ns.size());
  Ordered times(times_ns);
  if (auto narrowest = median_ranks(2 * static_cast<double>(n), n, kConfidence)) {
    // Ranks are whole numbers: a smaller effective size may give an interval that is narrower by one of them.
    const RankInterval inner{std::min(narrowest->lower + 2, n / 2 - 1),
                             std::max(narrowest->upper - 2, n / 2 + 1)};
    if (times.relative_half_width(inner) > options.target_half_width) return false;
  }
  const double effective = effective_size_for_median(times_ns);
  if (effective < kMinEffectiveForPrecise) return false;
  const auto ranks = median_ranks(effective, n, kConfidence);
  return ranks && times.relative_half_width(*ranks) <= options.target_half_width;
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
