// SPDX-License-Identifier: Apache-2.0
// Finding `numerics-differ`: two arms of a comparison do not compute equally exactly. The less exact one has
// less work to do.
#include <fmt/format.h>

#include <algorithm>

#include "checks/checks.h"

namespace assay::checks {
namespace {
constexpr double kErrorRatio = 4;
constexpr std::int64_t kMinOutputs = 65'536;
}  // namespace

Findings check_numerics_differ(const measure::NumericsEvidence& a, const measure::NumericsEvidence& b) {
  Findings findings;
  if (!a.accumulation.empty() && !b.accumulation.empty() && a.accumulation != b.accumulation) {
    findings.push_back(
        {"numerics-differ", Severity::kQualify,
         fmt::format("one arm accumulates in {}, the other in {}", a.accumulation, b.accumulation),
         "Compare arms with the same accumulation type, or say so beside the result."});
  }
  if (!a.rms_error || !b.rms_error || std::min(a.outputs, b.outputs) < kMinOutputs) return findings;
  const auto [low, high] = std::minmax(*a.rms_error, *b.rms_error);
  if (high > kErrorRatio * low) {
    findings.push_back(
        {"numerics-differ", Severity::kQualify,
         fmt::format(
             "the RMS errors of the arms are {:.3g} and {:.3g} over {} outputs: more than {:.0f} times apart",
             *a.rms_error, *b.rms_error, std::min(a.outputs, b.outputs), kErrorRatio),
         "Find out which arm rounds more (type of the sums, approximations), and compare equals."});
  }
  return findings;
}

}  // namespace assay::checks
