// SPDX-License-Identifier: Apache-2.0
#include "checks/checks.h"

#include <algorithm>
#include <iterator>
#include <span>

namespace assay::checks {
namespace {

constexpr double kEffectThatRejects = 0.05;
constexpr double kHalfWidthsThatReject = 5;

using Check = Findings (*)(const measure::Evidence&);

// What a case that ended badly can still be told.
constexpr Check kWithoutTimes[] = {check_crashed,          check_timed_out,     check_fallback,
                                   check_input_modified,   check_out_of_bounds, check_state_leaks,
                                   check_harness_artefact, check_log_warnings};

// First what was computed, then whether it was timed rightly, then what disturbed it.
constexpr Check kWithTimes[] = {
    check_crashed,       check_timed_out,        check_wrong_output,     check_nothing_ran,
    check_impossible,    check_unsynchronised,   check_fallback,         check_input_modified,
    check_out_of_bounds, check_state_leaks,      check_compiled_inside,  check_harness_artefact,
    check_too_short,     check_drifting,         check_throttled,        check_clock_moved,
    check_contended,     check_allocates_inside, check_copies_inside,    check_blocks_inside,
    check_launch_bound,  check_constant_data,    check_cache_unverified, check_axis_without_effect,
    check_log_warnings,  check_imprecise};

}  // namespace

Severity severity_by_effect(double effect, const measure::Statistics& statistics) {
  const double half_width = statistics.relative_half_width().value_or(0);
  const double limit = std::max(kEffectThatRejects, kHalfWidthsThatReject * half_width);
  return effect > limit ? Severity::kReject : Severity::kQualify;
}

double region_median_ns(const measure::Evidence& evidence) {
  return evidence.statistics.median_ns * static_cast<double>(evidence.samples.calls_per_sample);
}

Findings run_all(const measure::Evidence& evidence) {
  const bool has_times = !evidence.samples.times_ns.empty();
  Findings findings;
  for (const Check check : has_times ? std::span<const Check>(kWithTimes) : std::span(kWithoutTimes)) {
    Findings found = check(evidence);
    std::move(found.begin(), found.end(), std::back_inserter(findings));
  }
  if (!has_times && evidence.output.calls_wrong > 0) {
    for (Finding& finding : check_wrong_output(evidence)) findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace assay::checks
