// SPDX-License-Identifier: Apache-2.0
// How many independent samples the median of a dependent series is worth. The error of a sample median is, to
// first order, the error of the mean of the indicators "x <= median"; so it is their autocorrelation that
// counts, not that of the times, and a few huge outliers do not disturb it.
#include <algorithm>
#include <vector>

#include "base/check.h"
#include "measure/statistics.h"

namespace assay::measure {
namespace {

// An alternating series pins its median down better than independent samples; by how much is itself an
// estimate.
constexpr double kLargestGain = 2;

// Autocovariances of a series of zeros and ones.
class Indicators {
 public:
  explicit Indicators(std::vector<std::uint8_t> bits)
      : bits_(std::move(bits)), ones_before_(bits_.size() + 1) {
    for (std::size_t i = 0; i < bits_.size(); ++i) ones_before_[i + 1] = ones_before_[i] + bits_[i];
  }

  [[nodiscard]] double mean() const { return static_cast<double>(ones_before_.back()) / size(); }
  [[nodiscard]] double size() const { return static_cast<double>(bits_.size()); }

  // Sum over t of (b[t] - mean)(b[t + lag] - mean), divided by n as is usual, so that far lags fade.
  [[nodiscard]] double autocovariance(std::size_t lag) const {
    const std::size_t pairs = bits_.size() - lag;
    std::int64_t both = 0;
    for (std::size_t t = 0; t < pairs; ++t) both += bits_[t] & bits_[t + lag];
    const auto early = static_cast<double>(ones_before_[pairs]);
    const auto late = static_cast<double>(ones_before_.back() - ones_before_[lag]);
    const double m = mean();
    return (static_cast<double>(both) - m * (early + late) + m * m * static_cast<double>(pairs)) / size();
  }

 private:
  std::vector<std::uint8_t> bits_;
  std::vector<std::int64_t> ones_before_;
};

// 1 + 2 (sum of all autocorrelations), summed in pairs of lags (0,1), (2,3), ... that must stay positive and
// must not grow; where they fail to, noise has taken over (Geyer's initial monotone sequence).
double autocorrelation_time(const Indicators& series) {
  const double variance = series.autocovariance(0);
  const auto n = static_cast<std::size_t>(series.size());
  double sum = 0;
  double last = 2;
  for (std::size_t lag = 0; lag + 1 < n; lag += 2) {
    const double pair = (series.autocovariance(lag) + series.autocovariance(lag + 1)) / variance;
    if (pair <= 0) break;
    last = std::min(last, pair);
    sum += last;
    if (2 * sum > series.size()) break;  // not even one independent sample: the rest cannot matter
  }
  const double raw = 2 * sum - 1;
  // The series is centred on its own mean, which takes about time / n off every autocorrelation. Given back
  // once.
  return raw;
}

double effective_size(const Indicators& series) {
  if (series.mean() <= 0 || series.mean() >= 1) return series.size();
  const double time = std::max(autocorrelation_time(series), 1 / kLargestGain);
  return std::max(1.0, series.size() / time);
}

}  // namespace

double effective_size_for_median(std::span<const std::int64_t> times_ns) {
  ASSAY_CHECK(times_ns.size() >= 2, "effective size of {} samples", times_ns.size());
  std::vector<std::int64_t> sorted(times_ns.begin(), times_ns.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>((sorted.size() - 1) / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  const std::int64_t median = *middle;
  std::vector<std::uint8_t> at_most(times_ns.size());
  std::vector<std::uint8_t> below(times_ns.size());
  for (std::size_t i = 0; i < times_ns.size(); ++i) {
    at_most[i] = times_ns[i] <= median;
    below[i] = times_ns[i] < median;
  }
  // On a coarse clock many samples equal the median and the two series differ much; the more dependent one
  // counts.
  return std::min(effective_size(Indicators(std::move(at_most))),
                  effective_size(Indicators(std::move(below))));
}

}  // namespace assay::measure
