// SPDX-License-Identifier: Apache-2.0
#pragma once
// This machine's limits: read from the cache where they were measured before, measured and kept otherwise.
// Those of the CPU and of a CUDA device stand in one file and are kept and measured apart.
#include "base/clock.h"
#include "base/result.h"
#include "measure/limits.h"

namespace assay::apps {

// The CPU's; `cuda` is absent. `fresh`: measure even if the cache has them. A cache file that is unreadable
// or of another machine is measured anew. Errors: kIo if the result cannot be kept.
[[nodiscard]] Result<measure::Limits> load_or_measure_limits(Clock& clock, bool fresh);

// The device's, asked and measured in a child, so that this process never makes a CUDA context: it must have
// one thread. Kept for this device, driver and power cap. Errors: kUnavailable without CUDA, driver or
// device; kDevice if it fails; kIo.
[[nodiscard]] Result<measure::DeviceLimits> load_or_measure_device_limits(Clock& clock, bool fresh);

}  // namespace assay::apps
