// SPDX-License-Identifier: Apache-2.0
#include "measure/gather.h"

#include "measure/artefact.h"
#include "measure/data_probe.h"
#include "measure/flight_pass.h"
#include "measure/region_pass.h"

namespace assay::measure {

Result<void> gather(Runner& runner, Clock& clock, const GatherOptions& options, Evidence& evidence) {
  evidence.artefact.tracer = tracer_name();
  // First, so that the last calls of all have the case's own inputs.
  ASSAY_TRY(evidence.data.probe_effect, data_probe(runner, clock,
                                                   {.calls_per_sample = evidence.samples.calls_per_sample,
                                                    .budget_ns = options.budget_ns}));
  ASSAY_TRY(evidence.region, region_pass(runner, clock, {.budget_ns = options.budget_ns}));
  ASSAY_TRY(evidence.flight, flight_pass(runner, clock));
  return {};
}

}  // namespace assay::measure
