// SPDX-License-Identifier: Apache-2.0
#pragma once
// A reason to distrust a number, and what all of them together say. Source: the table of checks in
// docs/measurement.md.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::checks {

enum class Severity : std::uint8_t { kQualify, kReject };

struct Finding {
  std::string code;  // stable: "wrong-output", "imprecise", "drifting", "impossible", "contended"
  Severity severity = Severity::kQualify;
  std::string evidence;  // measured against limit: "interval half-width 3.1 % > 1 %"
  std::string remedy;    // what the user can do about it
};

enum class Verdict : std::uint8_t { kTrusted, kQualified, kRejected };
[[nodiscard]] std::string_view verdict_name(Verdict verdict);  // "trusted", "qualified", "rejected"

// Rejected if any finding rejects, else qualified if there is any, else trusted.
[[nodiscard]] Verdict verdict_of(const std::vector<Finding>& findings);

}  // namespace assay::checks
