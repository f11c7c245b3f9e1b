// SPDX-License-Identifier: Apache-2.0
#pragma once
// Every way in which a number is known to mislead, one function and one file each: evidence in, findings out.
// Pure: nothing is measured or read here, so that a check can be tested on scripted evidence and run again on
// a record. An absent fact gives no finding. What each check fires on, and why, is in docs/measurement.md.
// Not supported yet: the other codes of that table.
#include <vector>

#include "checks/finding.h"
#include "measure/evidence.h"

namespace assay::checks {

// `wrong-output` (reject): outputs of timed calls miss the reference, the comparison could not have failed,
// or checked calls take another time than the rest. `unchecked-output` (qualify): nothing was compared.
[[nodiscard]] std::vector<Finding> check_wrong_output(const measure::Evidence& evidence);

// `impossible` (reject): the time is too short for the stated bytes or flops on this machine, or for an empty
// region.
[[nodiscard]] std::vector<Finding> check_impossible(const measure::Evidence& evidence);

// `drifting` (by effect): the times change within the window: a step, a trend, an alternation, or two
// separate levels.
[[nodiscard]] std::vector<Finding> check_drifting(const measure::Evidence& evidence);

// `contended` (by effect): others took CPU time that the case wanted.
[[nodiscard]] std::vector<Finding> check_contended(const measure::Evidence& evidence);

// `imprecise` (qualify): the interval is wider than asked for, missing, or rests on an assumption.
[[nodiscard]] std::vector<Finding> check_imprecise(const measure::Evidence& evidence);

// All of the above, in that order. Requires at least one sample, and statistics that were made from the
// samples.
[[nodiscard]] std::vector<Finding> run_all(const measure::Evidence& evidence);

// For a check whose severity goes by effect: reject if `effect` (a share of the estimate) exceeds 5 % or five
// times the interval's relative half-width, whichever is larger.
[[nodiscard]] Severity severity_by_effect(double effect, const measure::Statistics& statistics);

}  // namespace assay::checks
