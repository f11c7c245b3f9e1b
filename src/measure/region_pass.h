// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a call does besides its work, from a pass of its own: the same calls as the sampler's, one by one,
// each between two readings of the process's counters (some 10 us, too much for a timed sample). The cost of
// the readings is taken off: a runner that does nothing counts 0 of everything. Not supported: work that
// other processes do for the call; system calls of other kinds than read and write.
#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "measure/evidence.h"
#include "measure/runner.h"

namespace assay::measure {

struct RegionPassOptions {
  std::int64_t calls = 32;               // beside one that is not counted
  std::int64_t budget_ns = 200'000'000;  // may end the pass earlier, after at least 3 calls
};

// restore() and call(), for each of the calls; only what call() does is counted. Facts that need the hooks
// (measure/hooks/hooks.h) are absent without them, the others where the system does not tell.
// Result: RegionEvidence with the number of calls made. Errors: those of the runner. Uses the calling thread
// and installs a fork handler once a process.
[[nodiscard]] Result<RegionEvidence> region_pass(Runner& runner, Clock& clock,
                                                 const RegionPassOptions& options = {});

}  // namespace assay::measure
