// SPDX-License-Identifier: Apache-2.0
#include "cases/scripted.h"
#include "measure/sampler.h"

namespace assay::cases {
namespace {

// 150 regions of 4 calls of 50 us, within 1 %, in an order without a pattern, on a steady and idle device.
measure::Evidence honest() {
  measure::Evidence evidence;
  std::uint32_t state = 1;
  for (int i = 0; i < 150; ++i) {
    state = state * 1'664'525 + 1'013'904'223;  // Numerical Recipes' generator
    evidence.samples.times_ns.push_back(200'000 + (state >> 16) % 2'000);
  }
  evidence.samples.calls_per_sample = 4;
  evidence.samples.stop_reason = "precise";
  evidence.statistics = measure::summarise(evidence.samples);
  evidence.output.has_reference = true;
  evidence.output.calls_checked = 15;
  evidence.output.checker_can_fail = true;
  measure::DeviceEvidence& device = evidence.device;
  device.device = "scripted";
  device.activity = {
      .calls = 4, .missing = "", .kernels = {"plain"}, .kernel_count = 4, .streams = 1, .busy_ns = 50'000};
  device.clocks.lowest_sm_hz = 1.97e9;
  device.clocks.highest_sm_hz = 1.98e9;
  device.clocks.stamps = 300;
  device.clocks.highest_power_w = 300;
  device.clocks.power_limit_w = 700;
  device.clocks.highest_temperature_c = 45;
  device.clocks.other_processes = 0;
  device.graph_ns = 50'000;
  device.back_to_back_ns = 51'000;
  device.isolated_ns = 60'000;
  return evidence;
}

}  // namespace

std::optional<measure::Evidence> cuda_scripted_evidence(std::string_view name) {
  measure::Evidence evidence = honest();
  measure::DeviceClocks& clocks = evidence.device.clocks;
  if (name == "throttled/honest" || name == "clock-moved/honest" || name == "contended/honest")
    return evidence;
  if (name == "throttled/lie") {
    clocks.slowdown = "software thermal slowdown";
    clocks.is_heat = true;
    clocks.highest_temperature_c = 92;
  } else if (name == "throttled/lie-power") {
    clocks.slowdown = "power cap";
    clocks.highest_power_w = 700;
  } else if (name == "clock-moved/lie") {  // down to two thirds for the second half, and the times with it
    clocks.lowest_sm_hz = 1.32e9;
    auto& times = evidence.samples.times_ns;
    for (std::size_t i = times.size() / 2; i < times.size(); ++i) times[i] += times[i] / 2;
    evidence.statistics = measure::summarise(evidence.samples);
  } else if (name == "contended/lie") {
    clocks.other_processes = 1;
  } else if (name == "cache-unverified/lie") {
    evidence.cache = {.regime = "cold", .hot_ns = 4, .cold_ns = 100, .seen_ns = 5};
  } else {
    return std::nullopt;
  }
  return evidence;
}

}  // namespace assay::cases
