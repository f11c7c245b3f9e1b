// SPDX-License-Identifier: Apache-2.0
#pragma once
// The device's part of a file of limits; only the .cc files of limits include this header.
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/result.h"
#include "measure/device_limits.h"

namespace assay::measure {

using Json = nlohmann::ordered_json;

[[nodiscard]] Json device_limits_json(const DeviceLimits& limits);
// Throws Json::exception if a key is missing or has another type. Costs may be missing: they are 0 then.
[[nodiscard]] DeviceLimits device_limits_from(const Json& object);
// Errors: kCorrupt if a ceiling is not above 0, a share not within 0 and 1, or the L2 cache negative.
[[nodiscard]] Result<void> check_device_limits(const DeviceLimits& limits, std::string_view name);

}  // namespace assay::measure
