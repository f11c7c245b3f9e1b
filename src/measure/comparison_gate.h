// SPDX-License-Identifier: Apache-2.0
#pragma once
// "slower than 2%": whether a comparison may pass. Red if the lower bound of the slowdown is above the limit,
// green if its upper bound is below it, else open. Each bound holds with 99 % however often the comparison
// was looked at. Who acts on a red gate confirms it with a comparison of fresh processes first. Not
// supported: gates on anything but the ratio of times.
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "measure/comparison_ratio.h"

namespace assay::measure {

struct Comparison;

struct Gate {
  double slower_than = 0;  // 0.02: B may take up to 2 % more time than A
};

// "slower than 2%", "slower than 0.5 %". Errors: kInvalidArgument with the form expected.
[[nodiscard]] Result<Gate> parse_gate(std::string_view text);

enum class GateState : std::uint8_t { kGreen, kRed, kOpen };

struct GateJudgement {
  GateState state = GateState::kOpen;
  double lower = 0;  // bounds of the slowdown, 0.013 for 1.3 %
  double upper = 0;
  std::int64_t pairs_needed = 0;  // if open: more pairs until one bound would pass the limit; kPairsUnknown
};
inline constexpr std::int64_t kPairsUnknown = -1;  // over a million: the slowdown is the limit itself

// `alpha`: chance of a wrong red over the whole report of `rows`. A wrong green needs no division, as the
// report is green only if all its rows are.
[[nodiscard]] GateJudgement judge_gate(const Comparison& comparison, const Gate& gate, double alpha,
                                       int rows);

}  // namespace assay::measure
