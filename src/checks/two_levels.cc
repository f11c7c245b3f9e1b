// SPDX-License-Identifier: Apache-2.0
#include "checks/two_levels.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace assay::checks {
namespace {

constexpr std::size_t kFewestValues = 100;
constexpr double kSeparation = 4.5;         // in spreads: normal noise reaches 3.1 once in 200 at 100 values
constexpr double kDeviationsToSd = 1.4826;  // of the normal distribution
constexpr std::int64_t kClockSteps = 4;

using Sorted = std::span<const std::int64_t>;

double median_of(Sorted sorted) { return static_cast<double>(sorted[sorted.size() / 2]); }

double spread_of(Sorted sorted) {
  const double median = median_of(sorted);
  std::vector<double> deviations;
  for (const std::int64_t value : sorted) deviations.push_back(std::abs(static_cast<double>(value) - median));
  const auto middle = deviations.begin() + static_cast<std::ptrdiff_t>(deviations.size() / 2);
  std::nth_element(deviations.begin(), middle, deviations.end());
  return kDeviationsToSd * *middle;
}

// The split with the largest variance between the groups (N. Otsu 1979), each of them at least a tenth of
// all.
std::size_t best_split(Sorted sorted) {
  const std::size_t margin = sorted.size() / 10;
  double sum = 0;
  for (const std::int64_t value : sorted) sum += static_cast<double>(value - sorted.front());
  double sum_below = 0;
  double most = -1;
  std::size_t best = margin;
  for (std::size_t split = 1; split + margin <= sorted.size(); ++split) {
    sum_below += static_cast<double>(sorted[split - 1] - sorted.front());
    if (split < margin) continue;
    const auto below = static_cast<double>(split);
    const auto above = static_cast<double>(sorted.size() - split);
    const double gap = (sum - sum_below) / above - sum_below / below;
    if (below * above * gap * gap <= most) continue;
    most = below * above * gap * gap;
    best = split;
  }
  return best;
}

std::int64_t smallest_step(Sorted sorted) {
  std::int64_t smallest = 0;
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const std::int64_t step = sorted[i] - sorted[i - 1];
    if (step > 0 && (smallest == 0 || step < smallest)) smallest = step;
  }
  return smallest;
}

}  // namespace

std::optional<TwoLevels> find_two_levels(std::span<const std::int64_t> values) {
  if (values.size() < kFewestValues) return std::nullopt;
  std::vector<std::int64_t> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const std::size_t split = best_split(sorted);
  const Sorted low = Sorted(sorted).first(split);
  const Sorted high = Sorted(sorted).subspan(split);
  const double gap = median_of(high) - median_of(low);
  if (gap <= static_cast<double>(kClockSteps * smallest_step(sorted))) return std::nullopt;
  if (gap <= kSeparation * std::max(spread_of(low), spread_of(high))) return std::nullopt;
  return TwoLevels{median_of(low), median_of(high),
                   static_cast<double>(high.size()) / static_cast<double>(sorted.size())};
}

}  // namespace assay::checks
