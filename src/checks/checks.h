// SPDX-License-Identifier: Apache-2.0
#pragma once
// Every way in which a number is known to mislead, one function each: evidence in, findings out. Pure:
// nothing is measured or read here, so that a check can be tested on scripted evidence and run again on a
// record. An absent fact gives no finding. What each check fires on, and why, is in docs/measurement.md.
#include <vector>

#include "checks/finding.h"
#include "measure/evidence.h"

namespace assay::checks {

using Findings = std::vector<Finding>;

// What was computed.
// `wrong-output` (reject): outputs of timed calls miss the reference, the comparison could not have failed,
// or checked calls take another time than the rest. `unchecked-output` (qualify): nothing was compared.
[[nodiscard]] Findings check_wrong_output(const measure::Evidence& evidence);
// `nothing-ran` (reject): as short as an empty region, and the outputs are as they were.
[[nodiscard]] Findings check_nothing_ran(const measure::Evidence& evidence);
// `fallback` (reject): something else ran than was asked for, or first; (qualify): a graph break, a mode
// skipped.
[[nodiscard]] Findings check_fallback(const measure::Evidence& evidence);
// `input-modified` (reject): an `in` buffer changed.
[[nodiscard]] Findings check_input_modified(const measure::Evidence& evidence);
// `out-of-bounds` (reject): a guard band changed.
[[nodiscard]] Findings check_out_of_bounds(const measure::Evidence& evidence);
// `state-leaks` (reject): the last call computes something else than the first from the same inputs.
[[nodiscard]] Findings check_state_leaks(const measure::Evidence& evidence);
// `axis-without-effect` (qualify): an axis that is promised to change the result does not.
[[nodiscard]] Findings check_axis_without_effect(const measure::Evidence& evidence);
// `constant-data` (qualify): inputs are mostly constant, and that changes the time.
[[nodiscard]] Findings check_constant_data(const measure::Evidence& evidence);
// `log-warnings` (qualify): the program warned.
[[nodiscard]] Findings check_log_warnings(const measure::Evidence& evidence);

// How the case ended.
// `crashed` (reject): a signal, an exit, an exception. `timed-out` (reject): the watchdog ended it.
[[nodiscard]] Findings check_crashed(const measure::Evidence& evidence);
[[nodiscard]] Findings check_timed_out(const measure::Evidence& evidence);

// What was timed.
// `impossible` (reject): the time is too short for the stated bytes or flops on this machine, or for an empty
// region.
[[nodiscard]] Findings check_impossible(const measure::Evidence& evidence);
// `unsynchronised` (reject): outputs change after the region, or a device worked for longer than was claimed;
// (qualify): other threads stay busy, and nobody can tell whether they work or wait.
[[nodiscard]] Findings check_unsynchronised(const measure::Evidence& evidence);
// `compiled-inside` (reject): code was loaded or generated in the region.
[[nodiscard]] Findings check_compiled_inside(const measure::Evidence& evidence);
// `allocates-inside`, `copies-inside`, `blocks-inside` (qualify): allocations; page faults; waiting, input,
// output and child processes in the region.
[[nodiscard]] Findings check_allocates_inside(const measure::Evidence& evidence);
[[nodiscard]] Findings check_copies_inside(const measure::Evidence& evidence);
[[nodiscard]] Findings check_blocks_inside(const measure::Evidence& evidence);
// `too-short` (reject): a timed region under 100 clock steps or 10 empty regions.
[[nodiscard]] Findings check_too_short(const measure::Evidence& evidence);
// `launch-bound` (qualify): more than a third of an isolated call on a device is gone in a graph.
[[nodiscard]] Findings check_launch_bound(const measure::Evidence& evidence);
// `cache-unverified` (qualify): the cold cache was not cold.
[[nodiscard]] Findings check_cache_unverified(const measure::Evidence& evidence);
// `harness-artefact` (reject): the measuring itself took part of the time, or a tracer did.
[[nodiscard]] Findings check_harness_artefact(const measure::Evidence& evidence);

// What disturbed it.
// `drifting` (by effect): the times change within the window: a step, a trend, an alternation, or two
// separate levels.
[[nodiscard]] Findings check_drifting(const measure::Evidence& evidence);
// `throttled`: the chip was held down by heat (reject) or by a power limit (qualify).
[[nodiscard]] Findings check_throttled(const measure::Evidence& evidence);
// `clock-moved` (by effect): the core was not equally fast through the window.
[[nodiscard]] Findings check_clock_moved(const measure::Evidence& evidence);
// `contended` (by effect): others took CPU time that the case wanted.
[[nodiscard]] Findings check_contended(const measure::Evidence& evidence);
// `imprecise` (qualify): the interval is wider than asked for, missing, or rests on an assumption.
[[nodiscard]] Findings check_imprecise(const measure::Evidence& evidence);

// All of the above. Without samples (a case that crashed or hung): only those that need no times. Else
// requires statistics that were made from the samples.
[[nodiscard]] Findings run_all(const measure::Evidence& evidence);

// Of the two arms of a comparison, in either order.
// `numerics-differ` (qualify): they accumulate in different types, or round very differently.
[[nodiscard]] Findings check_numerics_differ(const measure::NumericsEvidence& a,
                                             const measure::NumericsEvidence& b);
// `cache-mixed` (qualify): one ran warm, the other cold.
[[nodiscard]] Findings check_cache_mixed(const measure::CacheEvidence& a, const measure::CacheEvidence& b);

// For a check whose severity goes by effect: reject if `effect` (a share of the estimate) exceeds 5 % or five
// times the interval's relative half-width, whichever is larger.
[[nodiscard]] Severity severity_by_effect(double effect, const measure::Statistics& statistics);

// The median of a timed region: of all its calls together, as Samples has them. Statistics are of one call.
[[nodiscard]] double region_median_ns(const measure::Evidence& evidence);

}  // namespace assay::checks
