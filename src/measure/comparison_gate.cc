// SPDX-License-Identifier: Apache-2.0
#include "measure/comparison_gate.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "measure/comparison.h"

namespace assay::measure {
namespace {

constexpr int kMostRoundsToHope = 100'000;

std::string_view without_spaces(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Rounds in which a bound with `tail` beyond it would leave the limit, at the present mean and spread.
std::int64_t rounds_needed(const LogRatio& now, double limit, double tail) {
  const double distance = std::abs(now.mean - limit);
  const auto decides = [&](int rounds) { return LogRatio{rounds, now.mean, now.sd}.reach(tail) < distance; };
  if (!decides(kMostRoundsToHope)) return kPairsUnknown;
  int too_few = now.rounds;
  int enough = kMostRoundsToHope;
  while (enough - too_few > 1) {
    const int middle = (too_few + enough) / 2;
    (decides(middle) ? enough : too_few) = middle;
  }
  return enough;
}

}  // namespace

Result<Gate> parse_gate(std::string_view text) {
  constexpr std::string_view kForm = "slower than ";
  const auto refuse = [&] {
    return fail(ErrorCode::kInvalidArgument,
                "--gate: expected \"slower than X%\" with X from 0 to 1000, got '{}'", printable(text));
  };
  std::string_view rest = without_spaces(text);
  if (!rest.starts_with(kForm) || !rest.ends_with('%')) return refuse();
  rest = without_spaces(rest.substr(kForm.size(), rest.size() - kForm.size() - 1));
  double percent = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), percent);
  if (error != std::errc() || end != rest.data() + rest.size()) return refuse();
  if (!(percent >= 0 && percent <= 1000)) return refuse();
  return Gate{percent / 100};
}

GateJudgement judge_gate(const Comparison& comparison, const Gate& gate, double alpha, int rows) {
  const LogRatio& ratio = comparison.ratio;
  const double red_tail = comparison.spent_alpha(alpha) / rows;
  const double green_tail = comparison.spent_alpha(alpha);
  GateJudgement judged;
  judged.lower = std::expm1(ratio.mean - ratio.reach(red_tail));
  judged.upper = std::expm1(ratio.mean + ratio.reach(green_tail));
  if (judged.lower > gate.slower_than) {
    judged.state = GateState::kRed;
  } else if (judged.upper < gate.slower_than) {
    judged.state = GateState::kGreen;
  } else {
    const double limit = std::log1p(gate.slower_than);
    const std::int64_t rounds = rounds_needed(ratio, limit, ratio.mean > limit ? red_tail : green_tail);
    judged.pairs_needed = rounds == kPairsUnknown
                              ? kPairsUnknown
                              : std::max<std::int64_t>(rounds - ratio.rounds, 1) * comparison.plan.blocks;
  }
  return judged;
}

}  // namespace assay::measure
