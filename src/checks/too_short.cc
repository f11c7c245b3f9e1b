// SPDX-License-Identifier: Apache-2.0
// Finding `too-short`: the timed region is so short that the clock and the reading of it are a good part of
// it.
#include <fmt/format.h>

#include "base/text.h"
#include "checks/checks.h"

namespace assay::checks {
namespace {
constexpr double kClockSteps = 100;
constexpr double kEmptyRegions = 10;
}  // namespace

Findings check_too_short(const measure::Evidence& evidence) {
  const double region_ns = region_median_ns(evidence);
  const double steps_ns = kClockSteps * evidence.floor.clock_step_ns;
  const double regions_ns = kEmptyRegions * evidence.floor.empty_region_ns;
  if (region_ns >= steps_ns && region_ns >= regions_ns) return {};
  const bool by_steps = region_ns < steps_ns;
  return {{"too-short", Severity::kReject,
           fmt::format("a timed region of {} < {} ({})", format_duration_ns(region_ns),
                       format_duration_ns(by_steps ? steps_ns : regions_ns),
                       by_steps ? "100 clock steps" : "10 empty regions"),
           "Measure many calls in one region (mode back_to_back), or give one call more work."}};
}

}  // namespace assay::checks
