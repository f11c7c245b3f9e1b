// SPDX-License-Identifier: Apache-2.0
#pragma once
// All evidence that needs calls beside the timed ones, gathered after the sampling, in the process that made
// the samples. The order of one measurement:
//   sample(runner, ...);
//   gather(runner, clock, options, evidence);
//   runner.add_evidence(evidence);
#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "measure/evidence.h"
#include "measure/runner.h"

namespace assay::measure {

struct GatherOptions {
  std::int64_t budget_ns = 200'000'000;  // of the region pass, and of the data probe where there is one
};

// Fills region, flight, artefact and data.probe_effect of `evidence`, which has the samples already,
// and nothing else of it. Makes at most 36 calls beside those of the data probe, and the pauses of
// flight_pass.h. Errors: those of the runner; what was gathered before stays.
[[nodiscard]] Result<void> gather(Runner& runner, Clock& clock, const GatherOptions& options,
                                  Evidence& evidence);

}  // namespace assay::measure
