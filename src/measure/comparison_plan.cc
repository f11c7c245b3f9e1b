// SPDX-License-Identifier: Apache-2.0
#include "measure/comparison_plan.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"

namespace assay::measure {
namespace {

constexpr int kUsualRounds = 15;
constexpr int kMostRounds = 60;
constexpr int kMostBlocks = 40;  // more of them in one round tell little: its processes are what varies then
constexpr int kLeastRoundsForLooks = 9;
constexpr std::int64_t kTurn_ns = 5'000'000;  // long enough that handing over costs little
constexpr std::int64_t kMostCalls = 200;

std::int64_t at_least_one(std::int64_t value) { return std::max<std::int64_t>(value, 1); }

std::vector<int> looks_of(int rounds) {
  if (rounds < kLeastRoundsForLooks) return {rounds};
  return {rounds / 3, rounds * 3 / 5, rounds};
}

int rounds_in(std::int64_t budget_ns, std::int64_t round_ns) {
  return static_cast<int>(
      std::clamp<std::int64_t>(budget_ns / at_least_one(round_ns), kMinRounds, kMostRounds));
}

}  // namespace

double ComparisonPlan::share(std::size_t look) const {
  const int before = look == 0 ? 0 : looks[look - 1];
  return static_cast<double>(looks[look] - before) / rounds();
}

ComparisonPlan plan_comparison(const ComparisonPilot& pilot, std::int64_t budget_ns) {
  ASSAY_CHECK(pilot.call_ns >= 0 && pilot.start_ns >= 0 && budget_ns > 0, "budget {} ns", budget_ns);
  ComparisonPlan plan;
  const std::int64_t call_ns = at_least_one(pilot.call_ns);
  plan.calls = static_cast<int>(std::clamp<std::int64_t>(kTurn_ns / call_ns, 1, kMostCalls));
  const std::int64_t block_ns = static_cast<std::int64_t>(2 * kArms) * plan.calls * call_ns;
  const std::int64_t starts_ns = static_cast<std::int64_t>(kArms) * pilot.start_ns;
  const std::int64_t left_ns = budget_ns / kUsualRounds - starts_ns;
  plan.blocks = static_cast<int>(std::clamp<std::int64_t>(left_ns / block_ns, 1, kMostBlocks));
  plan.looks = looks_of(rounds_in(budget_ns, starts_ns + plan.blocks * block_ns));
  return plan;
}

ComparisonPlan plan_whole_processes(std::int64_t call_ns, std::int64_t budget_ns) {
  const std::int64_t round_ns = static_cast<std::int64_t>(2 * kArms) * at_least_one(call_ns);
  return {looks_of(rounds_in(budget_ns, round_ns)), 1, 1};
}

TurnOrder next_order(Random& random) {
  std::array<Arm, kArms> first{kArmA, kArmAgain, kArmB};
  for (std::uint32_t i = kArms - 1; i > 0; --i) std::swap(first[i], first[random.below(i + 1)]);
  TurnOrder order{};
  std::copy(first.begin(), first.end(), order.begin());
  std::copy(first.rbegin(), first.rend(), order.begin() + kArms);
  return order;
}

}  // namespace assay::measure
