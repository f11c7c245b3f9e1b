// SPDX-License-Identifier: Apache-2.0
#include "measure/testing/coverage.h"

#include <limits>

#include "measure/statistics.h"
#include "measure/stop_rule.h"

namespace assay::measure::testing {
namespace {

struct Run {
  Statistics statistics;
  bool gave_up = false;
};

Run run_once(const CoverageSetup& setup, std::uint64_t seed) {
  NoiseSeries series(setup.noise, setup.spread, setup.rho, seed);
  if (setup.fixed_n) {
    return {summarise(series.take(static_cast<std::size_t>(*setup.fixed_n)), setup.assume_independence),
            false};
  }
  StopOptions options;
  options.max_samples = setup.max_samples;
  const SamplePlan plan{std::nullopt, std::numeric_limits<std::int64_t>::max()};
  std::vector<std::int64_t> times;
  Decision decision = Decision::kContinue;
  while (decision == Decision::kContinue) {
    times.push_back(series.next_ns());
    decision = decide(times, 0, plan, options);
  }
  return {summarise(times), decision == Decision::kStopBudget};
}

}  // namespace

Coverage measure_coverage(const CoverageSetup& setup) {
  Coverage coverage;
  for (int i = 0; i < setup.runs; ++i) {
    const Run run = run_once(setup, setup.seed * 1'000'003 + static_cast<std::uint64_t>(i));
    coverage.mean_n += static_cast<double>(run.statistics.n) / setup.runs;
    coverage.mean_effective_n += run.statistics.effective_n / setup.runs;
    coverage.gave_up += run.gave_up ? 1 : 0;
    const auto& interval = run.statistics.median_interval;
    if (!interval) continue;
    coverage.intervals += 1;
    coverage.covered += interval->lower <= kTrueMedian_ns && kTrueMedian_ns <= interval->upper ? 1 : 0;
  }
  return coverage;
}

}  // namespace assay::measure::testing
