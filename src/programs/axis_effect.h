// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether an axis that its author promises to change the result did so, from the digests of two cases.
#include <span>
#include <string>
#include <vector>

#include "measure/evidence.h"
#include "record/measurement.h"

namespace assay::programs {

// Looks among `others` for a case of the same entry whose axes are those of `measurement` but for one of
// `promised`, with the same inputs. Empty evidence if there is none or a digest is not known; the first one
// with the same outputs, if any.
[[nodiscard]] measure::AxisEvidence axis_effect(const record::Measurement& measurement,
                                                std::span<const record::Measurement> others,
                                                std::span<const std::string> promised);

}  // namespace assay::programs
