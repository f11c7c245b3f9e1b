// SPDX-License-Identifier: Apache-2.0
// Findings `throttled` and `clock-moved`: the core was not equally fast through the window.
#include <fmt/format.h>

#include <algorithm>

#include "checks/checks.h"

namespace assay::checks {
namespace {

constexpr double kClockShare = 0.02;  // under it lies the noise of the probe
constexpr std::size_t kMinReadings = 8;

// Range of the readings without the tenth at either end: a probe that was pre-empted reads as a slow core.
double range_of(std::vector<double> readings) {
  std::sort(readings.begin(), readings.end());
  const std::size_t cut = readings.size() / 10;
  const double high = readings[readings.size() - 1 - cut];
  return high > 0 ? (high - readings[cut]) / high : 0;
}

}  // namespace

Findings check_throttled(const measure::Evidence& evidence) {
  Findings findings;
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
  const auto& readings = evidence.clock.relative_speed;
  if (readings.size() < kMinReadings) return {};
  const double effect = range_of(readings);
  if (effect <= kClockShare) return {};
  return {{"clock-moved", severity_by_effect(effect, evidence.statistics),
           fmt::format("the core's speed moved by {:.1f} % > {:.0f} % over {} readings", 100 * effect,
                       100 * kClockShare, readings.size()),
           "Fix the clock frequency (governor `performance`, no boost), or measure on a quiet machine."}};
}

}  // namespace assay::checks
