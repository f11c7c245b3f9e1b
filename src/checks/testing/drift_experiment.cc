// SPDX-License-Identifier: Apache-2.0
// Prints how often the check `drifting` fires on stationary noise (it should not) and on noise with a pattern
// of three standard deviations and 2 % of the time (it should). Run by hand: `drift_experiment [RUNS]`, 2,000
// by default. docs/measurement.md quotes its output.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <functional>

#include "checks/checks.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks::testing {
namespace {

using measure::testing::kTrueMedian_ns;
using measure::testing::Noise;
using measure::testing::NoiseSeries;

constexpr double kSmall = 0.02 / 3;  // of which 2 % are three standard deviations
constexpr double kLarge = 0.05;

struct Row {
  const char* name;
  Noise noise;
  double spread;
  double rho;
  std::function<double(std::size_t i, std::size_t n, Random& random)>
      pattern;  // added to the time, in units of it
};

double rate(const Row& row, std::size_t n, int runs) {
  int found = 0;
  for (int run = 0; run < runs; ++run) {
    NoiseSeries series(row.noise, row.spread, row.rho, 900'000 + static_cast<std::uint64_t>(run));
    Random random(static_cast<std::uint64_t>(run));
    std::vector<std::int64_t> times = series.take(n);
    for (std::size_t i = 0; i < n; ++i) times[i] += std::llround(kTrueMedian_ns * row.pattern(i, n, random));
    measure::Evidence evidence;
    set_times(evidence, std::move(times));
    found += check_drifting(evidence).empty() ? 0 : 1;
  }
  return static_cast<double>(found) / runs;
}

std::vector<Row> rows() {
  const auto none = [](std::size_t, std::size_t, Random&) { return 0.0; };
  const auto step = [](double place) {
    return [place](std::size_t i, std::size_t n, Random&) {
      return static_cast<double>(i) < place * static_cast<double>(n) ? 0 : 0.02;
    };
  };
  const auto ramp = [](std::size_t i, std::size_t n, Random&) {
    return 0.02 * static_cast<double>(i) / static_cast<double>(n - 1);
  };
  const auto square = [](std::size_t run) {
    return [run](std::size_t i, std::size_t, Random&) { return i / run % 2 == 0 ? 0 : 0.02; };
  };
  const auto mixture = [](double gap) {
    return [gap](std::size_t, std::size_t, Random& random) { return random.below(2) == 0 ? 0 : gap; };
  };
  return {{"noise: normal", Noise::kNormal, kLarge, 0, none},
          {"noise: lognormal, sigma 0.3", Noise::kLogNormal, 0.3, 0, none},
          {"noise: AR(1) rho -0.5", Noise::kAutoregressive, kLarge, -0.5, none},
          {"noise: AR(1) rho 0.5", Noise::kAutoregressive, kLarge, 0.5, none},
          {"noise: AR(1) rho 0.9", Noise::kAutoregressive, kLarge, 0.9, none},
          {"noise: AR(1) rho 0.95", Noise::kAutoregressive, kLarge, 0.95, none},
          {"step in the middle", Noise::kNormal, kSmall, 0, step(0.5)},
          {"step at 9/10", Noise::kNormal, kSmall, 0, step(0.9)},
          {"ramp", Noise::kNormal, kSmall, 0, ramp},
          {"alternation, runs of 1", Noise::kNormal, kSmall, 0, square(1)},
          {"alternation, runs of 7", Noise::kNormal, kSmall, 0, square(7)},
          {"alternation, runs of 20", Noise::kNormal, kSmall, 0, square(20)},
          {"two levels at random, 3 sd", Noise::kNormal, kSmall, 0, mixture(0.02)},
          {"two levels at random, 6 sd", Noise::kNormal, kSmall, 0, mixture(0.04)},
          {"two levels at random, 9 sd", Noise::kNormal, kSmall, 0, mixture(0.06)}};
}

}  // namespace
}  // namespace assay::checks::testing

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::atoi(argv[1]) : 2000;
  fmt::print("{:<30}{:>10}{:>10}{:>10}{:>10}\n", "share found drifting", "n = 20", "n = 100", "n = 225",
             "n = 757");
  for (const auto& row : assay::checks::testing::rows()) {
    fmt::print("{:<30}", row.name);
    for (const std::size_t n : {20u, 100u, 225u, 757u}) {
      fmt::print("{:>8.2f} %", 100 * assay::checks::testing::rate(row, n, n > 500 ? runs / 4 : runs));
    }
    fmt::print("\n");
  }
  return 0;
}
