// SPDX-License-Identifier: Apache-2.0
#include "cases/scripted.h"

#include "measure/sampler.h"

namespace assay::cases {
namespace {

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
  evidence.clock.relative_speed.assign(40, 1);
  return evidence;
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
    for (std::size_t i = 20; i < 40; ++i) evidence.clock.relative_speed[i] = 0.7;
  } else if (name == "cache-unverified/lie") {
    evidence.cache = {.regime = "cold", .hot_ns = 4, .cold_ns = 100, .seen_ns = 5};
  } else {
    return std::nullopt;
  }
  return evidence;
}

}  // namespace assay::cases
