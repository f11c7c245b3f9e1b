// SPDX-License-Identifier: Apache-2.0
// Findings `drifting`: the calls of one window did not all measure the same thing. Stationary noise, even
// with a long memory (AR(1) with rho = 0.9), is no finding; drift.h tells how they are told apart. What the
// core did under the program is not the program's drift: `contended` and `clock-moved` report it.
#include "checks/checks.h"
#include "checks/drift.h"

namespace assay::checks {

Findings check_drifting(const measure::Evidence& evidence) {
  const auto judged = judge_drift(evidence);
  if (!judged || judged->maker != DriftMaker::kProgram) return {};
  return {{"drifting", severity_by_effect(judged->drift.effect, evidence.statistics), judged->drift.text,
           "Look at the plot of times in order: give the case a longer warm-up, fix the clock frequency, or "
           "find what changes from call to call."}};
}

}  // namespace assay::checks
