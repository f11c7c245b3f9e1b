// SPDX-License-Identifier: Apache-2.0
// Finding `launch-bound`: most of what a caller waits for is not the work.
#include <fmt/format.h>

#include "base/text.h"
#include "checks/checks.h"

namespace assay::checks {
namespace {
constexpr double kLaunchShare = 1.0 / 3;
}  // namespace

Findings check_launch_bound(const measure::Evidence& evidence) {
  const measure::DeviceEvidence& device = evidence.device;
  if (!device.graph_ns || !device.isolated_ns || *device.isolated_ns <= 0) return {};
  const double share = 1 - *device.graph_ns / *device.isolated_ns;
  if (share <= kLaunchShare) return {};
  return {{"launch-bound", Severity::kQualify,
           fmt::format("{:.0f} % of the {} of an isolated call is gone in a graph > {:.0f} %", 100 * share,
                       format_duration_ns(*device.isolated_ns), 100 * kLaunchShare),
           "Quote this time only for callers who replay graphs or keep the queue full; make fewer, larger "
           "launches for those who wait for each call."}};
}

}  // namespace assay::checks
