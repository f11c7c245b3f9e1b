// SPDX-License-Identifier: Apache-2.0
#include "measure/mean_interval.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"

namespace assay::measure {
namespace {

constexpr double kTimesInBlock = 4;
constexpr std::size_t kFewestBlocks = 20;
constexpr std::size_t kDrawnSeries = 1000;
constexpr double kConfidence = 0.95;

}  // namespace

std::optional<Interval> mean_interval(std::span<const std::int64_t> times_ns, double autocorrelation_time) {
  const std::size_t n = times_ns.size();
  if (n < kFewestBlocks) return std::nullopt;
  const double wanted = std::max(kTimesInBlock * autocorrelation_time, std::cbrt(static_cast<double>(n)));
  const auto length = static_cast<std::size_t>(std::ceil(wanted));
  const std::size_t blocks = n / length;
  if (blocks < kFewestBlocks) return std::nullopt;

  // Sums of the circle's prefixes: a block's sum is a difference of two. Offset by the first sample, so that
  // sums of nearly equal numbers lose nothing.
  const auto offset = static_cast<double>(times_ns.front());
  std::vector<double> before(n + length + 1, 0.0);
  for (std::size_t i = 0; i < n + length; ++i) {
    before[i + 1] = before[i] + (static_cast<double>(times_ns[i % n]) - offset);
  }
  Random random(1);
  std::vector<double> means(kDrawnSeries);
  for (double& mean : means) {
    double sum = 0;
    for (std::size_t block = 0; block < blocks; ++block) {
      const std::size_t begin = random.below(static_cast<std::uint32_t>(n));
      sum += before[begin + length] - before[begin];
    }
    mean = offset + sum / static_cast<double>(blocks * length);
  }
  std::sort(means.begin(), means.end());
  const auto left_out = static_cast<std::size_t>((1 - kConfidence) / 2 * static_cast<double>(kDrawnSeries));
  return Interval{means[left_out], means[kDrawnSeries - 1 - left_out], kConfidence};
}

}  // namespace assay::measure
