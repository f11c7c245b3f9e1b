// SPDX-License-Identifier: Apache-2.0
#include "measure/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/check.h"
#include "measure/mean_interval.h"

namespace assay::measure {
namespace {

constexpr double kConfidence = 0.95;
constexpr std::int64_t kSamplesBeyondPercentile = 10;
constexpr double kOutlierRanges = 3;

double median_of_sorted(const std::vector<std::int64_t>& sorted) {
  const std::size_t half = sorted.size() / 2;
  if (sorted.size() % 2 == 1) return static_cast<double>(sorted[half]);
  return (static_cast<double>(sorted[half - 1]) + static_cast<double>(sorted[half])) / 2;
}

// The sample of rank ceil(fraction * n), if enough others lie beyond it on the outer side.
std::optional<double> percentile_of_sorted(const std::vector<std::int64_t>& sorted, double fraction) {
  const auto n = static_cast<std::int64_t>(sorted.size());
  const auto rank = static_cast<std::int64_t>(std::ceil(fraction * static_cast<double>(n)));
  const std::int64_t beyond = fraction < 0.5 ? rank - 1 : n - rank;
  if (beyond < kSamplesBeyondPercentile) return std::nullopt;
  return static_cast<double>(sorted[static_cast<std::size_t>(rank - 1)]);
}

// The smallest difference between two samples that differ: what the clock can show at best.
std::int64_t resolution_of_sorted(const std::vector<std::int64_t>& sorted) {
  std::int64_t smallest = 0;
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const std::int64_t step = sorted[i] - sorted[i - 1];
    if (step > 0 && (smallest == 0 || step < smallest)) smallest = step;
  }
  return smallest;
}

void count_outliers(const std::vector<std::int64_t>& sorted, Statistics& statistics) {
  const std::size_t n = sorted.size();
  const std::int64_t first_quartile = sorted[n / 4];
  const std::int64_t third_quartile = sorted[n - 1 - n / 4];
  // On a coarse clock the quartiles are often equal; one step of the clock is then no outlier. The fences are
  // doubles, as those of times that another tool's file claims may lie beyond 64 bits.
  const std::int64_t range = std::max(third_quartile - first_quartile, resolution_of_sorted(sorted));
  const double reach = kOutlierRanges * static_cast<double>(range);
  const double low = static_cast<double>(first_quartile) - reach;
  const double high = static_cast<double>(third_quartile) + reach;
  statistics.outliers_low = std::count_if(sorted.begin(), sorted.end(),
                                          [&](std::int64_t t) { return static_cast<double>(t) < low; });
  statistics.outliers_high = std::count_if(sorted.begin(), sorted.end(),
                                           [&](std::int64_t t) { return static_cast<double>(t) > high; });
}

// Largest d such that more than d away from n / 2 lies at most 1 - confidence of Binomial(n, 1/2), counted as
// the number k of samples left out on each side: 2 P(B <= k - 1) <= 1 - confidence. Nothing if even k = 1 is
// too many.
std::optional<std::int64_t> left_out_on_each_side(std::int64_t n, double confidence) {
  const auto count = static_cast<double>(n);
  // Adds up from the middle outwards: the pieces are large there, and only ~sqrt(n) of them are needed.
  std::int64_t k = (n + 1) / 2;
  double piece = std::exp(std::lgamma(count + 1) - std::lgamma(static_cast<double>(k) + 1) -
                          std::lgamma(count - static_cast<double>(k) + 1) - count * std::log(2.0));
  double inside = n % 2 == 0 ? piece : 0;  // P(k <= B <= n - k)
  while (inside < confidence) {
    if (k == 0) return std::nullopt;
    piece *= static_cast<double>(k) / (count - static_cast<double>(k) + 1);
    k -= 1;
    inside += 2 * piece;
  }
  return k > 0 ? std::optional(k) : std::nullopt;
}

}  // namespace

std::optional<RankInterval> median_ranks(double effective_n, std::int64_t n, double confidence) {
  ASSAY_CHECK(n >= 1 && confidence > 0 && confidence < 1, "n {}, confidence {}", n, confidence);
  const auto independent = static_cast<std::int64_t>(effective_n);
  const auto left_out = left_out_on_each_side(independent, confidence);
  if (!left_out) return std::nullopt;
  // The interval spans the ranks centre +- reach (1-based); a share of the samples carries over from one n to
  // another.
  const double reach_of_independent =
      (static_cast<double>(independent) + 1) / 2 - static_cast<double>(*left_out);
  const double reach = reach_of_independent * static_cast<double>(n) / static_cast<double>(independent);
  const double centre = (static_cast<double>(n) + 1) / 2;
  const double exact = 1e-9;  // 49.999999 that stands for 50 must not be rounded outwards
  const auto lower = static_cast<std::int64_t>(std::floor(centre - reach + exact)) - 1;
  const auto upper = static_cast<std::int64_t>(std::ceil(centre + reach - exact)) - 1;
  if (lower < 0 || upper >= n) return std::nullopt;
  return RankInterval{lower, upper};
}

std::optional<double> Statistics::relative_half_width() const {
  if (!median_interval || median_ns <= 0) return std::nullopt;
  return (median_interval->upper - median_interval->lower) / 2 / median_ns;
}

void Statistics::divide_times(double calls) {
  for (double* time : {&median_ns, &mean_ns, &min_ns, &max_ns}) *time /= calls;
  for (auto* percentile : {&p5_ns, &p95_ns, &p99_ns}) {
    if (*percentile) **percentile /= calls;
  }
  for (auto* interval : {&median_interval, &mean_interval}) {
    if (!*interval) continue;
    (*interval)->lower /= calls;
    (*interval)->upper /= calls;
  }
}

Statistics summarise(std::span<const std::int64_t> times_ns, bool assume_independence) {
  ASSAY_CHECK(!times_ns.empty(), "statistics of no samples");
  std::vector<std::int64_t> sorted(times_ns.begin(), times_ns.end());
  std::sort(sorted.begin(), sorted.end());

  Statistics statistics;
  statistics.n = static_cast<std::int64_t>(sorted.size());
  statistics.median_ns = median_of_sorted(sorted);
  statistics.mean_ns =
      std::accumulate(sorted.begin(), sorted.end(), 0.0) / static_cast<double>(sorted.size());
  statistics.min_ns = static_cast<double>(sorted.front());
  statistics.max_ns = static_cast<double>(sorted.back());
  statistics.p5_ns = percentile_of_sorted(sorted, 0.05);
  statistics.p95_ns = percentile_of_sorted(sorted, 0.95);
  statistics.p99_ns = percentile_of_sorted(sorted, 0.99);
  count_outliers(sorted, statistics);

  statistics.independence_assumed = assume_independence;
  const auto n = static_cast<double>(statistics.n);
  statistics.effective_n = assume_independence || statistics.n < 2 ? n : effective_size_for_median(times_ns);
  const double least =
      assume_independence ? static_cast<double>(kMinSamplesAssumingIndependence) : kMinEffectiveForInterval;
  if (statistics.effective_n < least) return statistics;
  if (const auto ranks = median_ranks(statistics.effective_n, statistics.n, kConfidence)) {
    statistics.median_interval =
        Interval{static_cast<double>(sorted[static_cast<std::size_t>(ranks->lower)]),
                 static_cast<double>(sorted[static_cast<std::size_t>(ranks->upper)]), kConfidence};
  }
  statistics.mean_interval = mean_interval(times_ns, n / statistics.effective_n);
  return statistics;
}

}  // namespace assay::measure
