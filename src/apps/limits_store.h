// SPDX-License-Identifier: Apache-2.0
#pragma once
// This machine's limits: read from the cache where they were measured before, measured and kept otherwise.
#include "base/clock.h"
#include "base/result.h"
#include "measure/limits.h"

namespace assay::apps {

// `fresh`: measure even if the cache has them. A cache file that is unreadable or of another machine is
// measured anew. Errors: kIo if the result cannot be kept.
[[nodiscard]] Result<measure::Limits> load_or_measure_limits(Clock& clock, bool fresh);

}  // namespace assay::apps
