// SPDX-License-Identifier: Apache-2.0
#include "checks/rank_sum.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/check.h"

namespace assay::checks {

double rank_sum_probability(std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
  ASSAY_CHECK(!a.empty() && !b.empty(), "groups of {} and {}", a.size(), b.size());
  std::vector<std::int64_t> all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  std::sort(all.begin(), all.end());
  double rank_sum = 0;
  for (const std::int64_t value : a) {
    const auto [first, last] = std::equal_range(all.begin(), all.end(), value);
    rank_sum += static_cast<double>((first - all.begin()) + (last - all.begin()) + 1) / 2;
  }
  double ties = 0;
  for (auto first = all.begin(); first != all.end();) {
    const auto last = std::upper_bound(first, all.end(), *first);
    const auto count = static_cast<double>(last - first);
    ties += count * count * count - count;
    first = last;
  }
  const auto n_a = static_cast<double>(a.size());
  const auto n_b = static_cast<double>(b.size());
  const double n = n_a + n_b;
  const double variance = n_a * n_b / 12 * (n + 1 - ties / (n * (n - 1)));
  if (variance <= 0) return 1;
  const double distance = std::abs(rank_sum - n_a * (n + 1) / 2);
  const double z = std::max(distance - 0.5, 0.0) / std::sqrt(variance);
  return std::erfc(z / std::sqrt(2.0));
}

}  // namespace assay::checks
