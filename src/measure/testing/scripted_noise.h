// SPDX-License-Identifier: Apache-2.0
#pragma once
// Times of calls as a machine might give them, from a seed, with a median that is known: for tests of
// statistics, stop rule and checks, and for the experiment that measures the coverage of the interval.
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/random.h"

namespace assay::measure::testing {

inline constexpr double kTrueMedian_ns = 1'000'000;

enum class Noise { kNormal, kLogNormal, kAutoregressive };

// A stationary series; `spread` is the standard deviation over the median (of the logarithm for kLogNormal),
// `rho` the correlation of neighbours for kAutoregressive.
class NoiseSeries {
 public:
  NoiseSeries(Noise noise, double spread, double rho, std::uint64_t seed)
      : noise_(noise), spread_(spread), rho_(rho), random_(seed), state_(random_.normal()) {}

  [[nodiscard]] std::int64_t next_ns() {
    if (noise_ == Noise::kAutoregressive) {
      state_ = rho_ * state_ + std::sqrt(1 - rho_ * rho_) * random_.normal();
    } else {
      state_ = random_.normal();
    }
    const double factor = noise_ == Noise::kLogNormal ? std::exp(spread_ * state_) : 1 + spread_ * state_;
    return std::llround(kTrueMedian_ns * factor);
  }

  [[nodiscard]] std::vector<std::int64_t> take(std::size_t count) {
    std::vector<std::int64_t> times;
    times.reserve(count);
    while (times.size() < count) times.push_back(next_ns());
    return times;
  }

 private:
  Noise noise_;
  double spread_;
  double rho_;
  Random random_;
  double state_;
};

}  // namespace assay::measure::testing
