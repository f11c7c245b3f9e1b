// SPDX-License-Identifier: Apache-2.0
#include "cases/scripted.h"

#include "measure/sampler.h"

namespace assay::cases {
namespace {

constexpr std::int64_t kReadings = 40;  // of the core

// 150 calls of 1 ms, within 1 %, in an order without a pattern.
measure::Evidence honest() {
  measure::Evidence evidence;
  std::uint32_t state = 1;
  for (int i = 0; i < 150; ++i) {
    state = state * 1'664'525 + 1'013'904'223;  // Numerical Recipes' generator
    evidence.samples.times_ns.push_back(1'000'000 + (state >> 16) % 10'000);
  }
  evidence.samples.stop_reason = "precise";
  evidence.statistics = measure::summarise(evidence.samples);
  evidence.output.has_reference = true;
  evidence.output.calls_checked = 15;
  evidence.output.checker_can_fail = true;
  evidence.clock.thermal_events = 0;
  for (std::int64_t i = 0; i < kReadings; ++i) {
    evidence.samples.core.before_sample.push_back(i * 150 / kReadings);
    evidence.samples.core.chain_ns.push_back(2'500);
    evidence.samples.core.wide_ns.push_back(3'100);
  }
  return evidence;
}

// From the middle of the window on.
void slow_down(std::vector<std::int64_t>& times, std::int64_t percent) {
  for (std::size_t i = times.size() / 2; i < times.size(); ++i) times[i] += times[i] * percent / 100;
}

}  // namespace

std::optional<measure::Evidence> scripted_evidence(std::string_view name) {
  measure::Evidence evidence = honest();
  if (name == "throttled/honest" || name == "clock-moved/honest") return evidence;
  if (name == "throttled/lie") {
    evidence.clock.thermal_events = 3;
  } else if (name == "throttled/lie-power") {
    evidence.clock.power_reason = "power cap";
  } else if (name == "clock-moved/lie") {
    slow_down(evidence.samples.core.chain_ns, 40);
    slow_down(evidence.samples.core.wide_ns, 40);
  } else if (name == "contended/lie-neighbour") {  // the other hardware thread of the core begins to work
    slow_down(evidence.samples.core.wide_ns, 80);
    slow_down(evidence.samples.times_ns, 50);
    evidence.statistics = measure::summarise(evidence.samples);
  } else if (name == "cache-unverified/lie") {
    evidence.cache = {.regime = "cold", .hot_ns = 4, .cold_ns = 100, .seen_ns = 5};
  } else {
    return std::nullopt;
  }
  return evidence;
}

}  // namespace assay::cases
