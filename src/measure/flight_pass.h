// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether anything goes on after a call has returned: three calls, each followed by a pause in which nothing
// should happen. Outputs are copied right after the call and compared after the pause. Not supported: work
// that begins later than the pause ends, work of other processes, devices.
#include "base/clock.h"
#include "base/result.h"
#include "measure/evidence.h"
#include "measure/runner.h"

namespace assay::measure {

// For each of 3 calls: restore(), poison(), call(); 2 ms of grace in which threads of a pool may go to sleep;
// then a pause of 5 ms, or as long as the call took if that is more, at most 50 ms.
// Result: FlightEvidence::busy_after_share, the least of the three pauses; outputs_changed_after, of any
// call, absent if the runner does not show its outputs. Errors: those of the runner. Needs memory for a copy
// of the outputs.
[[nodiscard]] Result<FlightEvidence> flight_pass(Runner& runner, Clock& clock);

}  // namespace assay::measure
