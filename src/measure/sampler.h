// SPDX-License-Identifier: Apache-2.0
#pragma once
// Calls a runner until the stop rule has enough, in timed regions of one call (mode `isolated`) or of several
// (`back_to_back`; measure/modes.h chooses). Order of one region: restore -> (poison) -> clock, calls, clock
// -> (check). A random tenth of the regions and the last one are poisoned before and checked after; their
// times are kept apart, so that what checking does to caches is not in the estimate. A wrong output never
// ends the sampling: it is evidence (checks/wrong_output.cc judges it). Not supported: GPU queues.
#include <atomic>
#include <cstdint>
#include <functional>

#include "base/clock.h"
#include "base/result.h"
#include "measure/evidence.h"
#include "measure/runner.h"
#include "measure/samples.h"
#include "measure/statistics.h"

namespace assay::measure {

struct Progress {
  bool warming_up = false;
  std::int64_t calls = 0;                 // of the warm-up or of the sampling
  std::int64_t spent_ns = 0;              // since sample() was called
  std::int64_t budget_ns = 0;             // may be overdrawn by a slow case
  std::optional<double> half_width = {};  // of the interval at the last look (n = 100, 150, ...), relative
};

struct SamplerOptions {
  std::int64_t budget_ns =
      5'000'000'000;  // wall time for one case: warm-up, calls and the untimed work between them
  double target_half_width = 0.01;  // of the median's interval, relative to the median
  double check_fraction = 0.1;      // of the calls are checked; 0: none, not even the last
  double warmup_fraction = 0.2;     // of the budget may go into the warm-up
  std::int64_t max_samples = 100'000;
  std::int64_t calls_per_sample = 1;        // in one timed region; more than 1 requires runner.can_repeat()
  bool read_core = false;                   // between regions, at least 60 us apart
  std::uint64_t seed = 1;                   // decides which calls are checked
  const std::atomic<bool>* stop = nullptr;  // set by another thread or a signal handler: end cleanly, soon
  std::function<void(const Progress&)> progress = {};  // called between calls, at most ten times a second
};

// Runs one case. `output` goes to runner.check() and is not touched otherwise.
// Result: the times in order, and why it ended. With `stop` set, what was measured until then
// ("interrupted"). Errors: those of restore(), call() and check(); nothing is kept then. An error kCancelled
// while `stop` is set counts as an interruption. Requires budget_ns > 0, 0 <= check_fraction < 1 and
// calls_per_sample > 0. Uses the calling thread only.
[[nodiscard]] Result<Samples> sample(Runner& runner, Clock& clock, const SamplerOptions& options,
                                     OutputEvidence& output);

// Statistics of one call, from the unchecked times; independence is assumed if their number was fixed
// beforehand (a slow case). Requires at least one of them.
[[nodiscard]] Statistics summarise(const Samples& samples);

}  // namespace assay::measure
