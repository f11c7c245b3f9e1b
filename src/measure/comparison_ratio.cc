// SPDX-License-Identifier: Apache-2.0
#include "measure/comparison_ratio.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "measure/student_t.h"

namespace assay::measure {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kMissed = 0.05;  // of true effects as large as the smallest detectable one

double median(std::vector<double> values) {
  const auto half = static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), values.begin() + half, values.end());
  const double upper = values[static_cast<std::size_t>(half)];
  if (values.size() % 2 == 1) return upper;
  return (upper + *std::max_element(values.begin(), values.begin() + half)) / 2;
}

double block_log(const Block& block, Arm arm) {
  return (std::log(block[arm][0]) + std::log(block[arm][1])) / 2;
}

template <typename Value>
LogRatio over_rounds(std::span<const Round> rounds, Value value_of_block) {
  ASSAY_CHECK(rounds.size() >= 2, "a spread between {} rounds", rounds.size());
  LogRatio result{static_cast<int>(rounds.size()), 0, 0};
  std::vector<double> of_round;
  for (const Round& round : rounds) {
    ASSAY_CHECK(!round.blocks.empty(), "a round without blocks");
    std::vector<double> of_block;
    for (const Block& block : round.blocks) of_block.push_back(value_of_block(block));
    of_round.push_back(median(std::move(of_block)));
    result.mean += of_round.back() / static_cast<double>(rounds.size());
  }
  double squares = 0;
  for (const double value : of_round) squares += (value - result.mean) * (value - result.mean);
  result.sd = std::sqrt(squares / static_cast<double>(rounds.size() - 1));
  return result;
}

}  // namespace

double LogRatio::standard_error() const { return sd / std::sqrt(static_cast<double>(rounds)); }

double LogRatio::reach(double tail) const { return student_quantile(tail, rounds - 1) * standard_error(); }

double LogRatio::chance_above(double value) const {
  const double distance = mean - value;
  if (sd <= 0) return distance > 0 ? 0 : (distance < 0 ? 1 : 0.5);
  return student_upper_tail(distance / standard_error(), rounds - 1);
}

double LogRatio::chance_of_difference() const {
  if (sd <= 0) return mean == 0 ? 1 : 0;
  return 2 * student_upper_tail(std::abs(mean) / standard_error(), rounds - 1);
}

double LogRatio::smallest_detectable(double tail) const { return reach(tail) + reach(kMissed); }

LogRatio log_ratio(std::span<const Round> rounds, Arm over, Arm under) {
  return over_rounds(rounds, [=](const Block& b) { return block_log(b, over) - block_log(b, under); });
}

Interval ratio_interval(const LogRatio& ratio, double tail, double confidence) {
  const double reach = ratio.reach(tail);
  const double upper = std::exp(ratio.mean + reach);
  return {std::exp(ratio.mean - reach), std::isfinite(upper) ? upper : kInfinity, confidence};
}

ArmTime arm_time(std::span<const Round> rounds, Arm arm) {
  const LogRatio time = over_rounds(rounds, [=](const Block& b) { return block_log(b, arm); });
  return {std::exp(time.mean), ratio_interval(time, 0.025, 0.95)};
}

}  // namespace assay::measure
