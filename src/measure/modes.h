// SPDX-License-Identifier: Apache-2.0
#pragma once
// One case in every mode that it has on a CPU, and which of them makes the headline. `isolated` times each
// call alone; `back_to_back` times calls_per_sample calls in one region, for calls that a clock cannot time
// alone. Called by bench_case (programs/bench.h) between Surroundings::begin() and end(). Not supported:
// graphs, and a second mode for calls so slow that the budget has no room for it (it is `unavailable` then).
//
// The headline is `isolated` unless that is too short to time: under 100 clock steps or 10 empty regions.
// Then it is `back_to_back`, where the runner can repeat its calls. Four fifths of the budget are for
// `isolated`, the rest (in fact most of it, if calls are short, as 100,000 samples are soon taken) for
// `back_to_back`.
//
// calls_per_sample is the least number, at most 2^17 and at least 2, for which a region is expected to last
//   100 clock steps, 200 empty regions and 10 us,
// so that reading the clock is under 0.5 % of it, and the few ns of the call through Runner are the only cost
// of the harness that is left; they are in empty_call_ns. It is computed from the median of some calls in one
// region, not from `isolated`, which contains the clock.
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "measure/empty_region.h"
#include "measure/runner.h"
#include "measure/sampler.h"
#include "measure/statistics.h"

namespace assay::measure {

struct ModeResult {
  std::string mode;          // "isolated", "back_to_back"
  std::string unavailable;   // why it could not run; else empty, and samples are there
  Samples samples;           // a time is that of calls_per_sample calls
  Statistics statistics;     // of one call; only if samples.times_ns is not empty
  double empty_call_ns = 0;  // what a call that does nothing takes in this mode
  bool too_short = false;    // is_too_short(a region's median)
};

struct ModesResult {
  ModeResult headline;
  std::vector<ModeResult> others;  // one for each other mode, `unavailable` ones included
};

// Under 100 clock steps or 10 empty regions: the time says more about the clock than about the work.
[[nodiscard]] bool is_too_short(double region_ns, const EmptyRegion& empty);

// Measures the runner in both modes. `options` are for both together, `output` collects what the checks of
// both saw. `empty` is that of `clock` (measure_empty_region).
// Errors: those of sample(). After an interruption the headline has what was measured until then, perhaps no
// sample at all.
[[nodiscard]] Result<ModesResult> measure_modes(Runner& runner, Clock& clock, const EmptyRegion& empty,
                                                const SamplerOptions& options, OutputEvidence& output);

}  // namespace assay::measure
