// SPDX-License-Identifier: Apache-2.0
#pragma once
// The ratio of two arms' times, with an interval that holds the variation between processes. Times are paired
// block by block as logarithms of their ratio; the median of a round's blocks is that round's ratio, and the
// mean over rounds has a Student interval. As every round has fresh processes, whatever differs between
// processes (layout, placement) and whatever calls of one process share (correlation) is in that interval.
// Source: T. Kalibera and R. Jones 2013, "Rigorous Benchmarking in Reasonable Time" (replicate on the level
// that varies). Not supported: a ratio of means.
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "measure/comparison_plan.h"
#include "measure/statistics.h"

namespace assay::measure {

// The two turns of each arm in one block: median time of a call, in ns.
using Block = std::array<std::array<double, 2>, kArms>;

// One fresh process an arm.
struct Round {
  std::vector<Block> blocks;
};

// Logarithm of the ratio over the rounds.
struct LogRatio {
  int rounds = 0;
  double mean = 0;
  double sd = 0;  // between rounds

  [[nodiscard]] double standard_error() const;
  // How far a bound with `tail` beyond it lies from the mean.
  [[nodiscard]] double reach(double tail) const;
  // Chance of a mean at least this far above `value`, if `value` is true. Below: 1 minus it.
  [[nodiscard]] double chance_above(double value) const;
  // Chance of a mean at least this far from 0 on either side, if arms are equal.
  [[nodiscard]] double chance_of_difference() const;
  // The smallest true effect (of the logarithm) that would be claimed with 95 % probability, if a claim
  // needs a bound with `tail` beyond it on the other side of 0.
  [[nodiscard]] double smallest_detectable(double tail) const;
};

// The ratio of times `over` to times `under`. Requires at least 2 rounds, each with a block, and times > 0.
[[nodiscard]] LogRatio log_ratio(std::span<const Round> rounds, Arm over, Arm under);

// Ratio with bounds: exp(mean +- reach(tail)); its `confidence` is 1 - 2 tail times what other looks spent.
[[nodiscard]] Interval ratio_interval(const LogRatio& ratio, double tail, double confidence);

// An arm's time alone: geometric mean over rounds of the round's median, with a 95 % interval over rounds.
struct ArmTime {
  double median_ns = 0;
  Interval interval;
};
[[nodiscard]] ArmTime arm_time(std::span<const Round> rounds, Arm arm);

}  // namespace assay::measure
