// SPDX-License-Identifier: Apache-2.0
#pragma once
// One case on a device in every mode:
//   graph         calls recorded as a graph and replayed, by the device's clock: the work itself
//   back_to_back  the same calls enqueued one after another by the host, by the device's clock: launches too
//   isolated      one call and a wait for it, by the host's clock: what a caller sees who waits
//   single        one call by the device's clock, where calls cannot follow each other: a cold cache, an
//   inout
// The headline is `graph`; where calls cannot be recorded it is `back_to_back`, where they cannot follow each
// other it is `single`, and the other modes are `unavailable`. Regions are made as long as a graph of at most
// 1,000 calls allows: 200 us, 100 steps of the device's clock, 40 empty regions. Not supported: several
// streams of the harness's own.
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "measure/modes.h"
#include "measure/runner.h"

namespace assay::measure {

// As measure_modes. `empty` is that of the headline's regions. `device` gets what the sensors saw while the
// headline was sampled: other modes load the device differently, and its clock follows.
struct DeviceModesResult {
  ModesResult modes;
  EmptyRegion empty;
};
[[nodiscard]] Result<DeviceModesResult> measure_device_modes(DeviceRunner& runner, Clock& clock,
                                                             const SamplerOptions& options,
                                                             OutputEvidence& output, DeviceEvidence& device);

// The runner of one of the modes: call() is a whole region that has ended when it returns. For passes after
// the sampling that time regions too. `calls` as in ModeResult::samples of that mode.
[[nodiscard]] Result<std::unique_ptr<Runner>> make_region_runner(DeviceRunner& runner,
                                                                 const std::string& mode, std::int64_t calls);

}  // namespace assay::measure
