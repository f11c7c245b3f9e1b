// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether the time depends on the inputs' being mostly one value: the same calls with random inputs of the
// same shape, in alternation with the case's own. Not supported: which property of the data it is.
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "measure/runner.h"

namespace assay::measure {

struct DataProbeOptions {
  std::int64_t calls_per_sample = 1;     // as in the headline
  int rounds = 40;                       // of one timed region with each kind of inputs
  std::int64_t budget_ns = 200'000'000;  // may end it earlier, after at least 5 rounds
};

// Median time with random inputs over the median with the case's own, less 1. Absent if the runner has no
// other inputs (Runner::use_random_inputs), or takes no measurable time. Its own inputs are back afterwards.
// Errors: those of the runner.
[[nodiscard]] Result<std::optional<double>> data_probe(Runner& runner, Clock& clock,
                                                       const DataProbeOptions& options);

}  // namespace assay::measure
