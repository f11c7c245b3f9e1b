// SPDX-License-Identifier: Apache-2.0
// Prints how often the check `drifting` fires on stationary noise (it should not) and on noise with a pattern
// of three standard deviations and 2 % of the time (it should): in windows of fixed size, and in the flow as
// it is shipped: warm-up, checked calls, stop rule, all checks. Run by hand: `drift_experiment
// [RUNS [SEED...]]`, by default 10,000 from each of the seeds 1, 2 and 3 for the flow; the windows take a
// fifth of the runs from the first seed. docs/measurement.md quotes its output.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "checks/checks.h"
#include "checks/testing/scripted_evidence.h"
#include "measure/runner.h"
#include "measure/sampler.h"

namespace assay::checks::testing {
namespace {

using measure::testing::kTrueMedian_ns;
using measure::testing::Noise;
using measure::testing::NoiseSeries;

constexpr double kSmall = 0.02 / 3;  // of which 2 % are three standard deviations
constexpr double kLarge = 0.05;
constexpr std::size_t kShortestWarmup = 16;
constexpr std::size_t kCallsToFirstLook = 111;  // 100 samples; a tenth of the calls is checked

struct Row {
  const char* name;
  Noise noise;
  double spread;
  double rho;
  std::function<double(std::size_t i, std::size_t n, Random& random)>
      pattern;                      // added to the time, in units of it
  std::int64_t max_samples = 1000;  // where the budget of the flow ends
  int fewer_runs = 1;               // of the flow, by this factor: where no promise is made
};

double rate(const Row& row, std::size_t n, int runs, std::uint64_t seed) {
  int found = 0;
  for (int run = 0; run < runs; ++run) {
    NoiseSeries series(row.noise, row.spread, row.rho, seed * 1'000'003 + static_cast<std::uint64_t>(run));
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
  return {{"noise: normal", Noise::kNormal, kLarge, 0, none, 5000},
          {"noise: lognormal, sigma 0.3", Noise::kLogNormal, 0.3, 0, none, 5000, 10},
          {"noise: AR(1) rho -0.5", Noise::kAutoregressive, kLarge, -0.5, none, 5000},
          {"noise: AR(1) rho 0.5", Noise::kAutoregressive, kLarge, 0.5, none, 5000},
          {"noise: AR(1) rho 0.9", Noise::kAutoregressive, kLarge, 0.9, none, 5000},
          {"noise: AR(1) rho 0.95", Noise::kAutoregressive, kLarge, 0.95, none, 5000, 10},
          {"step in the middle", Noise::kNormal, kSmall, 0, step(0.5)},
          {"step at 9/10", Noise::kNormal, kSmall, 0, step(0.9)},
          {"ramp", Noise::kNormal, kSmall, 0, ramp},
          {"alternation, runs of 1", Noise::kNormal, kSmall, 0, square(1)},
          {"alternation, runs of 7", Noise::kNormal, kSmall, 0, square(7)},
          {"alternation, runs of 20", Noise::kNormal, kSmall, 0, square(20)},
          {"two levels at random, 3 sd", Noise::kNormal, kSmall, 0, mixture(0.02), 1000, 10},
          {"two levels at random, 6 sd", Noise::kNormal, kSmall, 0, mixture(0.04), 1000, 10},
          {"two levels at random, 9 sd", Noise::kNormal, kSmall, 0, mixture(0.06), 1000, 10}};
}

// A program whose calls follow a row, on a scripted clock. The pattern starts after the shortest warm-up; the
// length of a ramp is not known beforehand: it grows by 2 % in the calls that the first look needs.
class RowRunner final : public measure::Runner {
 public:
  RowRunner(const Row& row, ScriptedClock& clock, std::uint64_t seed)
      : row_(row), clock_(clock), series_(row.noise, row.spread, row.rho, seed), random_(seed) {}

  Result<void> restore() override { return {}; }
  Result<void> call() override {
    const std::size_t i = calls_ < kShortestWarmup ? 0 : calls_ - kShortestWarmup;
    calls_ += 1;
    const double added = row_.pattern(i, kCallsToFirstLook, random_);
    clock_.advance_ns(series_.next_ns() + std::llround(kTrueMedian_ns * added));
    return {};
  }

 private:
  const Row& row_;
  ScriptedClock& clock_;
  NoiseSeries series_;
  Random random_;
  std::size_t calls_ = 0;
};

struct Flow {
  double drifting = 0;  // share of runs with this finding
  double trusted = 0;
  double samples = 0;  // mean
};

// The sampler as it is shipped (warm-up, checked calls, stop rule), and all checks on what it took.
Flow flow(const Row& row, int runs, std::uint64_t seed) {
  Flow result;
  for (int run = 0; run < runs; ++run) {
    const std::uint64_t run_seed = seed * 1'000'003 + static_cast<std::uint64_t>(run);
    ScriptedClock clock;
    RowRunner runner(row, clock, run_seed);
    const measure::SamplerOptions options{.max_samples = row.max_samples, .seed = run_seed};
    measure::Evidence evidence = honest_evidence();
    measure::OutputEvidence not_looked_at;
    evidence.samples = *measure::sample(runner, clock, options, not_looked_at);
    evidence.statistics = measure::summarise(evidence.samples);
    const Findings findings = run_all(evidence);
    const bool drifting =
        std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.code == "drifting"; });
    result.drifting += (drifting ? 1.0 : 0.0) / runs;
    result.trusted += (verdict_of(findings) == Verdict::kTrusted ? 1.0 : 0.0) / runs;
    result.samples += static_cast<double>(evidence.samples.times_ns.size()) / runs;
  }
  return result;
}

void print_flow(int runs, const std::vector<std::uint64_t>& seeds) {
  fmt::print("the flow as shipped: drifting (trusted), by seed\n");
  for (const Row& row : rows()) {
    fmt::print("{:<30}", row.name);
    Flow last;
    for (const std::uint64_t seed : seeds) {
      last = flow(row, runs / row.fewer_runs, seed);
      fmt::print("{:>9.2f} % ({:6.2f} %)", 100 * last.drifting, 100 * last.trusted);
    }
    fmt::print("   n {:.0f}\n", last.samples);
    std::fflush(stdout);
  }
}

void print_windows(int runs, std::uint64_t seed) {
  fmt::print("\n{:<30}{:>10}{:>10}{:>10}{:>10}\n", "share found drifting", "n = 20", "n = 100", "n = 225",
             "n = 757");
  for (const Row& row : rows()) {
    fmt::print("{:<30}", row.name);
    for (const std::size_t n : {20u, 100u, 225u, 757u}) {
      fmt::print("{:>8.2f} %", 100 * rate(row, n, n > 500 ? runs / 4 : runs, seed));
    }
    fmt::print("\n");
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace assay::checks::testing

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::atoi(argv[1]) : 10'000;
  std::vector<std::uint64_t> seeds;
  for (int i = 2; i < argc; ++i) seeds.push_back(std::strtoull(argv[i], nullptr, 10));
  if (seeds.empty()) seeds = {1, 2, 3};
  assay::checks::testing::print_flow(runs, seeds);
  assay::checks::testing::print_windows(runs / 5, seeds.front());
  return 0;
}
