// SPDX-License-Identifier: Apache-2.0
// Findings `throttled` and `clock-moved`: the core was not equally fast through the window.
#include <fmt/format.h>

#include <algorithm>

#include "checks/checks.h"
#include "checks/core_state.h"
#include "checks/drift.h"

namespace assay::checks {
namespace {

constexpr double kClockShare = 0.02;  // under it lies the noise of the readings

// What a moving clock can have done to the times: no more than it moved, and no more than they spread. Of few
// samples, whose percentiles are not known, all count.
double spread_of_times(const measure::Evidence& evidence, double range) {
  const measure::Statistics& s = evidence.statistics;
  const auto& times = evidence.samples.times_ns;
  if (s.median_ns <= 0 || times.empty()) return range;
  if (s.p5_ns && s.p95_ns) return std::min(range, (*s.p95_ns - *s.p5_ns) / s.median_ns);
  const auto [least, most] = std::minmax_element(times.begin(), times.end());
  return std::min(range,
                  static_cast<double>(*most) / static_cast<double>(std::max<std::int64_t>(*least, 1)) - 1);
}

}  // namespace

Findings check_throttled(const measure::Evidence& evidence) {
  Findings findings;
  if (const measure::DeviceClocks& device = evidence.device.clocks; !device.slowdown.empty()) {
    findings.push_back(
        {"throttled", device.is_heat ? Severity::kReject : Severity::kQualify,
         fmt::format("the device's clock was held down: {}; expected no reason", device.slowdown),
         device.is_heat ? "Cool the device, or wait until it has cooled."
                        : "Say beside the number at which power limit it was taken."});
  }
  if (evidence.clock.thermal_events.value_or(0) > 0) {
    findings.push_back(
        {"throttled", Severity::kReject,
         fmt::format("{} thermal throttling events in the window > 0", *evidence.clock.thermal_events),
         "Cool the machine, or limit its power so that it does not need to throttle."});
  }
  if (evidence.clock.power_reason) {
    findings.push_back(
        {"throttled", Severity::kQualify,
         fmt::format("the clock was held down: {}; expected no reason", *evidence.clock.power_reason),
         "Raise the power limit, or say beside the number what it was taken at."});
  }
  return findings;
}

Findings check_clock_moved(const measure::Evidence& evidence) {
  if (const measure::DeviceClocks& device = evidence.device.clocks;
      device.lowest_sm_hz && device.highest_sm_hz) {
    const double range = *device.highest_sm_hz / *device.lowest_sm_hz - 1;
    if (range <= kClockShare) return {};
    return {{"clock-moved", severity_by_effect(spread_of_times(evidence, range), evidence.statistics),
             fmt::format(
                 "the device's clock moved from {:.0f} to {:.0f} MHz, {:.1f} % > {:.0f} %, over {} stamps",
                 *device.lowest_sm_hz * 1e-6, *device.highest_sm_hz * 1e-6, 100 * range, 100 * kClockShare,
                 device.stamps),
             "Give the clocks beside the number; measure longer, or at a power limit that the work does not "
             "reach."}};
  }
  const auto state = core_state(evidence.samples);
  if (!state) return {};
  double effect = state->speed_range > kClockShare ? state->speed_range : 0;
  std::string text =
      fmt::format("the core's speed moved by {:.1f} % > {:.0f} % over {} readings", 100 * state->speed_range,
                  100 * kClockShare, evidence.samples.core.chain_ns.size());
  if (const auto judged = judge_drift(evidence); judged && judged->maker == DriftMaker::kClock) {
    effect = std::max(effect, judged->drift.effect);
    text = fmt::format("the core's speed moved, and the times with it: {}; while it was steady they did not",
                       judged->drift.text);
  }
  if (effect == 0) return {};
  return {{"clock-moved", severity_by_effect(effect, evidence.statistics), std::move(text),
           "Fix the clock frequency (governor `performance`, no boost), or measure on a quiet machine."}};
}

}  // namespace assay::checks
