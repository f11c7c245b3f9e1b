// SPDX-License-Identifier: Apache-2.0
// Finding `axis-without-effect`: an axis whose author promises that it changes the result does not. It is not
// wired to anything, or the arguments are swapped.
#include <fmt/format.h>

#include "checks/checks.h"

namespace assay::checks {

Findings check_axis_without_effect(const measure::Evidence& evidence) {
  const measure::AxisEvidence& axis = evidence.axis;
  if (axis.axis.empty() || !axis.same_outputs) return {};
  return {{"axis-without-effect", Severity::kQualify,
           fmt::format("axis '{}' changes the result, says its author, but all outputs equal those of '{}'",
                       axis.axis, axis.other),
           "Check that the axis reaches the program, and that the inputs exercise it."}};
}

}  // namespace assay::checks
