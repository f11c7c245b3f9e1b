// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the facts about a machine mean for measurements on it, and what to do: the lines of `assay doctor`.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "programs/machine_facts.h"

namespace assay::programs {

enum class Health : std::uint8_t {
  kGood,
  kLimits,   // numbers from here say less for it
  kMissing,  // cannot be told here
};
[[nodiscard]] std::string_view health_name(Health health);  // "good", "limits", "missing"

struct MachineLine {
  std::string what;
  Health health = Health::kGood;
  std::string got;
  std::string means;
  std::string advice;  // empty: nothing to do
};

// One line for each fact, the one about comparisons first if there was one.
[[nodiscard]] std::vector<MachineLine> advise(const MachineFacts& facts);

}  // namespace assay::programs
