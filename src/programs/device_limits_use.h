// SPDX-License-Identifier: Apache-2.0
#pragma once
// floor_of and limits_used (programs/bench.h) of a case on a CUDA device.
#include <vector>

#include "programs/bench.h"

namespace assay::programs {

[[nodiscard]] measure::FloorEvidence device_floor_of(const suite::Work& work, const measure::Limits& limits,
                                                     const Regime& regime);
[[nodiscard]] std::vector<record::LimitUse> device_limits_used(const suite::Case& what,
                                                               const measure::Limits& limits,
                                                               double median_ns, const Regime& regime);

}  // namespace assay::programs
