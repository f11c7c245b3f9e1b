// SPDX-License-Identifier: Apache-2.0
#pragma once
// Numbers that stand for a list of samples. A value that the samples cannot support is absent, never 0 or
// infinite. Method: docs/measurement.md. Sources: order-statistic interval of a quantile (H. A. David and H.
// N. Nagaraja, "Order Statistics", 3rd ed., section 7.1); initial-sequence estimate of the autocorrelation
// time (C. J. Geyer 1992, "Practical Markov Chain Monte Carlo"). The interval
// of the mean is that of mean_interval.h. Not supported: weights, samples that are not whole nanoseconds.
#include <cstdint>
#include <optional>
#include <span>

namespace assay::measure {

// The least effective size that carries an interval, and the least that a precise measurement needs.
inline constexpr double kMinEffectiveForInterval = 30;
inline constexpr double kMinEffectiveForPrecise = 100;
// The least number of samples that carries an interval when their independence is assumed.
inline constexpr std::int64_t kMinSamplesAssumingIndependence = 20;

struct Interval {
  double lower = 0;
  double upper = 0;
  double confidence = 0.95;  // the coverage that is claimed
  friend bool operator==(const Interval&, const Interval&) = default;
};

struct Statistics {
  std::int64_t n = 0;
  double median_ns = 0;
  std::optional<Interval>
      median_interval;  // absent under an effective size of 30 (unless independence is assumed)
  double mean_ns = 0;
  double min_ns = 0;
  double max_ns = 0;
  std::optional<double> p5_ns;  // a percentile only if at least 10 samples lie beyond it
  std::optional<double> p95_ns;
  std::optional<double> p99_ns;
  double effective_n = 0;  // for the median, from the autocorrelation of the indicators x <= median
  bool independence_assumed =
      false;  // too few samples to estimate the autocorrelation: the interval takes n as it is
  std::int64_t outliers_low = 0;  // beyond 3 interquartile ranges; counted, never dropped
  std::int64_t outliers_high = 0;
  std::optional<Interval> mean_interval =
      {};  // absent where the median's is, and with too few blocks of neighbours

  // Half of the interval's width over the median; absent with the interval.
  [[nodiscard]] std::optional<double> relative_half_width() const;
  // From times of regions to times of one of their calls.
  void divide_times(double calls);
};

// Requires at least one sample. `assume_independence`: take the exact binomial interval with n as it is (for
// cases too slow for 100 samples; at least 20, else no interval). Times that are equal because the clock is
// coarse are allowed: the interval then covers the median of what the clock shows with at least the claimed
// confidence.
[[nodiscard]] Statistics summarise(std::span<const std::int64_t> times_ns, bool assume_independence = false);

// Effective sample size of the estimate of the median: how many independent samples would pin the median down
// as well. At least 1; at most 2 n, as an alternating series counts for more than n, but its own estimate is
// not trusted further. Samples that are all equal tell nothing about dependence and count as n. Requires n
// >= 2.
[[nodiscard]] double effective_size_for_median(std::span<const std::int64_t> times_ns);

// Ranks (0-based, inclusive) of the order statistics that bound the median of n samples, as good as
// `effective_n` independent ones, with at least `confidence`; nothing if effective_n is too small (under 6
// for 0.95).
struct RankInterval {
  std::int64_t lower = 0;
  std::int64_t upper = 0;
  friend bool operator==(const RankInterval&, const RankInterval&) = default;
};
[[nodiscard]] std::optional<RankInterval> median_ranks(double effective_n, std::int64_t n, double confidence);

}  // namespace assay::measure
