// SPDX-License-Identifier: Apache-2.0
#pragma once
// Evidence of lies that a machine cannot be made to tell on demand, and of their honest twins.
#include <optional>
#include <string_view>

#include "measure/evidence.h"

namespace assay::cases {

// "throttled/lie" -> its evidence, that of an honest measurement but for one fact; absent for other names.
[[nodiscard]] std::optional<measure::Evidence> scripted_evidence(std::string_view name);
// The same of work on a CUDA device.
[[nodiscard]] std::optional<measure::Evidence> cuda_scripted_evidence(std::string_view name);

}  // namespace assay::cases
