// SPDX-License-Identifier: Apache-2.0
#pragma once
// What each lie must be called, and how severely. An entry that is not in this table is no part of the score.
#include <cstdint>
#include <span>
#include <string_view>

#include "checks/finding.h"

namespace assay::cases {

enum class Way : std::uint8_t {
  kMeasured,  // a program of this folder, through the flow of any suite
  kTwoArms,   // two cases of one entry, as the arms of a comparison
  kScripted,  // evidence in scripted.cc: this machine cannot be made to show it
};

struct Expectation {
  std::string_view name;  // "crashed/lie-exits": the entry
  std::string_view code;  // that must be found; empty for an honest twin
  checks::Severity severity = checks::Severity::kReject;
  Way way = Way::kMeasured;
};

[[nodiscard]] std::span<const Expectation> expectations();       // of programs on the CPU
[[nodiscard]] std::span<const Expectation> cuda_expectations();  // on a CUDA device

// What an honest twin may carry, since the machine and not the program causes it.
[[nodiscard]] bool is_tolerated(std::string_view code);

}  // namespace assay::cases
