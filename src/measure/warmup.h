// SPDX-License-Identifier: Apache-2.0
#pragma once
// When the warm-up is over: not after a fixed number of calls, but when the later half of them shows no
// change of level. Source: A. N. Pettitt 1979, "A Non-Parametric Approach to the Change-Point Problem" (ranks
// only, so that one slow call does not decide). Looks at 16, 24, 36, ... calls, so that the looking costs
// nothing. Not supported: telling a slow trend from none within a few calls; the check `drifting` sees the
// whole window.
#include <cstdint>
#include <span>

namespace assay::measure {

// Probability of at least this much evidence for a change of level somewhere in a series that has none
// (Pettitt's approximation, at most 1). Equal times share their rank. Requires at least 2 values.
[[nodiscard]] double change_point_probability(std::span<const std::int64_t> times_ns);

enum class WarmupState : std::uint8_t {
  kContinue,
  kSettled,     // the later half of the calls (at least 16) shows no change of level
  kOutOfBudget  // stopped without having settled
};

struct WarmupOptions {
  std::int64_t budget_ns = 0;  // of wall time
  std::int64_t min_calls = 3;  // the budget is overdrawn up to twice for these; one call is always made
};

// The state after the last of `times_ns`, with `spent_ns` of wall time spent on them; depends on nothing
// else.
[[nodiscard]] WarmupState warmup_state(std::span<const std::int64_t> times_ns, std::int64_t spent_ns,
                                       const WarmupOptions& options);

}  // namespace assay::measure
