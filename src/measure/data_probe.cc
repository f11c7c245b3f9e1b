// SPDX-License-Identifier: Apache-2.0
#include "measure/data_probe.h"

#include <algorithm>
#include <vector>

namespace assay::measure {
namespace {

constexpr int kMinRounds = 5;

Result<std::int64_t> region_ns(Runner& runner, Clock& clock, std::int64_t calls) {
  ASSAY_TRY_VOID(runner.restore());
  const std::int64_t begin_ns = clock.now_ns();
  for (std::int64_t i = 0; i < calls; ++i) ASSAY_TRY_VOID(runner.call());
  return clock.now_ns() - begin_ns;
}

double median_of(std::vector<std::int64_t> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return static_cast<double>(*middle);
}

}  // namespace

Result<std::optional<double>> data_probe(Runner& runner, Clock& clock, const DataProbeOptions& options) {
  if (!runner.use_random_inputs(true)) return std::nullopt;
  const std::int64_t end_ns = clock.now_ns() + options.budget_ns;
  std::vector<std::int64_t> times_ns[2];  // with its own inputs, and with random ones
  for (int round = 0; round < options.rounds && (round < kMinRounds || clock.now_ns() < end_ns); ++round) {
    for (const bool first : {true, false}) {
      const bool random = first == (round % 2 == 0);
      (void)runner.use_random_inputs(random);
      // The first region finds what the change of inputs left in the caches.
      ASSAY_TRY_VOID(region_ns(runner, clock, options.calls_per_sample));
      ASSAY_TRY(times_ns[random ? 1 : 0].emplace_back(), region_ns(runner, clock, options.calls_per_sample));
    }
  }
  (void)runner.use_random_inputs(false);
  const double own_ns = median_of(times_ns[0]);
  if (own_ns <= 0) return std::nullopt;
  return median_of(times_ns[1]) / own_ns - 1;
}

}  // namespace assay::measure
