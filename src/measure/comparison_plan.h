// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a comparison of two arms is laid out, fixed before its first sample.
//   turn   one arm's process makes a few calls; the turn's time is their median
//   block  two turns of each arm: a random order, then the same order backwards, so that a steady drift of
//          the machine falls on all arms alike
//   round  some blocks with one fresh process an arm: A, A again (the A/A), and B. A round gives one ratio
//   look   after a fixed number of rounds the comparison may end
// The chance of a false claim is divided among the looks in proportion to the rounds between them, so that it
// holds whichever look ends the comparison. Method: docs/measurement.md. Not supported: more than two things
// compared at once.
#include <array>
#include <cstdint>
#include <vector>

#include "base/random.h"

namespace assay::measure {

enum Arm : std::uint8_t { kArmA, kArmAgain, kArmB };
inline constexpr std::size_t kArms = 3;
inline constexpr int kMinRounds = 3;  // fresh processes an arm

// What one fresh process of each arm showed before the comparison; these are not used for anything else.
struct ComparisonPilot {
  std::int64_t start_ns = 0;  // wall time to start and warm up one process
  std::int64_t call_ns = 0;   // wall time of one call, untimed work included: of the slower arm
};

struct ComparisonPlan {
  std::vector<int> looks;  // after so many rounds, rising
  int blocks = 1;          // in a round
  int calls = 1;           // in a turn
  [[nodiscard]] int rounds() const { return looks.back(); }
  // Of the chance of a false claim, what the look number `look` may spend; all of them add up to 1.
  [[nodiscard]] double share(std::size_t look) const;
};

// The plan for `budget_ns` of wall time: as many rounds as fit, at least kMinRounds whatever they take. Ten
// seconds of a quick case give looks after 5, 9 and 15 rounds; under 9 rounds there is a single look.
[[nodiscard]] ComparisonPlan plan_comparison(const ComparisonPilot& pilot, std::int64_t budget_ns);

// The same without processes that stay: every call is a fresh process, and a round is one block of one call.
[[nodiscard]] ComparisonPlan plan_whole_processes(std::int64_t call_ns, std::int64_t budget_ns);

// The order of the turns in the next block.
using TurnOrder = std::array<Arm, 2 * kArms>;
[[nodiscard]] TurnOrder next_order(Random& random);

}  // namespace assay::measure
