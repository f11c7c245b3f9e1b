// SPDX-License-Identifier: Apache-2.0
// Findings `wrong-output` and `unchecked-output`: a fast wrong answer is no speed.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "checks/checks.h"
#include "checks/rank_sum.h"
#include "measure/statistics.h"

namespace assay::checks {
namespace {

// Two-sided probability under which checked and unchecked calls are taken for different work.
constexpr double kSameWork = 0.001;

Findings check_values(const measure::OutputEvidence& output) {
  if (!output.has_reference) {
    return {{"unchecked-output", Severity::kQualify,
             "no reference was given: nobody knows whether the outputs are right",
             "Give the case a reference or an expected output."}};
  }
  if (output.calls_checked == 0) {
    return {
        {"unchecked-output", Severity::kQualify,
         fmt::format("a reference was given ({}), but no timed call was compared with it", output.reference),
         "Let the run end by itself, or give it a larger time budget."}};
  }
  Findings findings;
  if (output.calls_wrong > 0) {
    findings.push_back(
        {"wrong-output", Severity::kReject,
         fmt::format("{} of {} checked calls miss the reference ({}), worst {:.3g} times the tolerance: {}",
                     output.calls_wrong, output.calls_checked, output.reference, output.worst_error,
                     output.worst_place),
         "Mend the program, or the reference; a tolerance belongs to the arithmetic, not to the result."});
  }
  if (!output.checker_can_fail) {
    findings.push_back({"wrong-output", Severity::kReject,
                        "the comparison also accepted an output that was corrupted on purpose",
                        "Mend the comparison: compare all values, count NaN as wrong, lower the tolerance."});
  }
  return findings;
}

// A program that notices that it is being checked would do the work only then.
Findings check_times(const measure::Evidence& evidence) {
  const auto& checked = evidence.samples.checked_times_ns;
  const auto& rest = evidence.samples.times_ns;
  if (checked.size() < 2 || rest.size() < 2) return {};
  const double checked_median = measure::summarise(checked).median_ns;
  const double rest_median = region_median_ns(evidence);  // as the times: of all calls of one region
  if (rest_median <= 0) return {};
  const double effect = std::abs(checked_median - rest_median) / rest_median;
  if (severity_by_effect(effect, evidence.statistics) != Severity::kReject) return {};
  if (rank_sum_probability(checked, rest) >= kSameWork) return {};
  return {
      {"wrong-output", Severity::kReject,
       fmt::format("checked calls take {:.1f} % {} than the rest ({} against {} timed regions)", 100 * effect,
                   checked_median > rest_median ? "longer" : "less", checked.size(), rest.size()),
       "Find out what a call does differently when its output buffer was overwritten before: the calls "
       "that make "
       "the number may not do the work."}};
}

}  // namespace

Findings check_wrong_output(const measure::Evidence& evidence) {
  Findings findings = check_values(evidence.output);
  if (!evidence.output.has_reference) return findings;
  for (Finding& finding : check_times(evidence)) findings.push_back(std::move(finding));
  return findings;
}

}  // namespace assay::checks
