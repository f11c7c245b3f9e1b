// SPDX-License-Identifier: Apache-2.0
#include "measure/warmup.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/check.h"

namespace assay::measure {
namespace {

constexpr std::int64_t kFirstLook = 16;  // fewer values cannot show a change at the level below
constexpr double kSuspicious = 0.05;

bool is_warmup_look(std::int64_t n) {
  std::int64_t look = kFirstLook;
  while (look < n) look += look / 2;
  return look == n;
}

// Ranks from 1; equal values share the mean of theirs.
std::vector<double> ranks_of(std::span<const std::int64_t> values) {
  std::vector<std::int64_t> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> ranks(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), values[i]);
    ranks[i] = static_cast<double>((first - sorted.begin()) + (last - sorted.begin()) + 1) / 2;
  }
  return ranks;
}

}  // namespace

double change_point_probability(std::span<const std::int64_t> times_ns) {
  ASSAY_CHECK(times_ns.size() >= 2, "change point among {} values", times_ns.size());
  const auto n = static_cast<double>(times_ns.size());
  double balance = 0;  // Pettitt's U: 0 if the first t ranks are neither high nor low
  double largest = 0;
  for (const double rank : ranks_of(times_ns)) {
    balance += 2 * rank - (n + 1);
    largest = std::max(largest, std::abs(balance));
  }
  return std::min(1.0, 2 * std::exp(-6 * largest * largest / (n * n * n + n * n)));
}

WarmupState warmup_state(std::span<const std::int64_t> times_ns, std::int64_t spent_ns,
                         const WarmupOptions& options) {
  const auto n = static_cast<std::int64_t>(times_ns.size());
  if (n < 1) return WarmupState::kContinue;
  if (is_warmup_look(n)) {
    const auto later_half = static_cast<std::size_t>(std::max(kFirstLook, n / 2));
    if (change_point_probability(times_ns.last(later_half)) > kSuspicious) return WarmupState::kSettled;
  }
  const std::int64_t allowed_ns = n < options.min_calls ? 2 * options.budget_ns : options.budget_ns;
  return spent_ns >= allowed_ns ? WarmupState::kOutOfBudget : WarmupState::kContinue;
}

}  // namespace assay::measure
