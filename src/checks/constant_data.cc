// SPDX-License-Identifier: Apache-2.0
// Finding `constant-data`: the inputs are mostly one value, and the time depends on that.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "checks/checks.h"

namespace assay::checks {
namespace {
constexpr double kConstantShare = 0.5;
constexpr double kSmallestEffect = 0.01;
}  // namespace

Findings check_constant_data(const measure::Evidence& evidence) {
  const measure::DataEvidence& data = evidence.data;
  if (data.constant_share.value_or(0) <= kConstantShare || !data.probe_effect) return {};
  // Both the case and the probe have an interval of about this half-width.
  const double limit =
      std::max(kSmallestEffect, 2 * evidence.statistics.relative_half_width().value_or(kSmallestEffect));
  if (std::abs(*data.probe_effect) <= limit) return {};
  return {
      {"constant-data", Severity::kQualify,
       fmt::format("{:.0f} % of the input bytes are constant > {:.0f} %, and random ones change the time "
                   "by {:+.1f} % (limit {:.1f} %)",
                   100 * *data.constant_share, 100 * kConstantShare, 100 * *data.probe_effect, 100 * limit),
       "Fill the inputs as they are in use; zeros may be skipped, predicted or kept in less power."}};
}

}  // namespace assay::checks
