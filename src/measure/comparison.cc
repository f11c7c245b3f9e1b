// SPDX-License-Identifier: Apache-2.0
#include "measure/comparison.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/check.h"

namespace assay::measure {
namespace {

double median_of(std::vector<double> times) {
  const auto half = static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), times.begin() + half, times.end());
  const double upper = times[static_cast<std::size_t>(half)];
  if (times.size() % 2 == 1) return upper;
  return (upper + *std::max_element(times.begin(), times.begin() + half)) / 2;
}

class Interleaving {
 public:
  Interleaving(ArmStarter& starter, Clock& clock, const ComparisonOptions& options)
      : starter_(starter),
        clock_(clock),
        options_(options),
        random_(options.seed),
        begin_ns_(clock.now_ns()) {}

  Result<Comparison> run() {
    ASSAY_TRY_VOID(plan());
    for (std::size_t look = 0; look < result_.plan.looks.size(); ++look) {
      while (static_cast<int>(result_.rounds.size()) < result_.plan.looks[look]) ASSAY_TRY_VOID(one_round());
      result_.look = look;
      result_.ratio = log_ratio(result_.rounds, kArmB, kArmA);
      result_.again = log_ratio(result_.rounds, kArmAgain, kArmA);
      if (is_enough()) break;
    }
    return std::move(result_);
  }

 private:
  // One process of A and one of B, whose times decide only how long turns and rounds are.
  Result<void> plan() {
    ComparisonPilot pilot;
    for (const Arm arm : {kArmA, kArmB}) {
      const std::int64_t start_ns = clock_.now_ns();
      ASSAY_TRY(const auto process, starter_.start(arm));
      const std::int64_t ready_ns = clock_.now_ns();
      ASSAY_TRY_VOID(process->turn(1));
      const std::int64_t done_ns = clock_.now_ns();
      ASSAY_TRY_VOID(process->finish());
      pilot.start_ns = std::max(pilot.start_ns, ready_ns - start_ns + clock_.now_ns() - done_ns);
      pilot.call_ns = std::max(pilot.call_ns, done_ns - ready_ns);
    }
    const std::int64_t left_ns =
        std::max<std::int64_t>(options_.budget_ns - (clock_.now_ns() - begin_ns_), 1);
    result_.plan = starter_.whole_processes() ? plan_whole_processes(pilot.call_ns, left_ns)
                                              : plan_comparison(pilot, left_ns);
    return {};
  }

  Result<void> one_round() {
    std::array<std::unique_ptr<ArmProcess>, kArms> processes;
    const TurnOrder order = next_order(random_);
    for (std::size_t i = 0; i < kArms; ++i) {
      ASSAY_TRY(processes[order[i]], starter_.start(order[i]));
    }
    Round round;
    for (int i = 0; i < result_.plan.blocks; ++i) {
      ASSAY_TRY(const Block block, one_block(processes));
      round.blocks.push_back(block);
    }
    for (const auto& process : processes) ASSAY_TRY_VOID(process->finish());
    result_.rounds.push_back(std::move(round));
    tell_progress();
    return {};
  }

  Result<Block> one_block(std::array<std::unique_ptr<ArmProcess>, kArms>& processes) {
    Block block{};
    std::array<std::size_t, kArms> turns{};
    for (const Arm arm : next_order(random_)) {
      if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed)) {
        return fail(ErrorCode::kCancelled, "comparison interrupted in round {}", result_.rounds.size() + 1);
      }
      ASSAY_TRY(auto times, processes[arm]->turn(result_.plan.calls));
      ASSAY_CHECK(!times.empty(), "a turn without times");
      const double time = median_of(std::move(times));
      if (!(time > 0)) {
        return fail(ErrorCode::kUnsupported,
                    "a call of arm {} takes no time that the clock can show; make its work larger",
                    arm == kArmB ? "B" : "A");
      }
      block[arm][turns[arm]++] = time;
    }
    return block;
  }

  // Decided at a look, from the rounds so far.
  [[nodiscard]] bool is_enough() const {
    if (options_.gate) {
      return judge_gate(result_, *options_.gate, options_.alpha, options_.rows).state != GateState::kOpen;
    }
    const double tail = result_.spent_alpha(options_.alpha) / options_.rows / 2;
    const double reach = result_.ratio.reach(tail);
    const double effect = std::abs(result_.ratio.mean);
    if (effect > reach) return reach <= std::max(options_.target, effect / 4);
    return result_.ratio.smallest_detectable(tail) <= options_.target;
  }

  void tell_progress() {
    if (!options_.progress) return;
    ComparisonProgress progress{static_cast<int>(result_.rounds.size()), result_.plan.rounds(), std::nullopt,
                                clock_.now_ns() - begin_ns_, options_.budget_ns};
    if (progress.round >= 2) progress.ratio = log_ratio(result_.rounds, kArmB, kArmA);
    options_.progress(progress);
  }

  ArmStarter& starter_;
  Clock& clock_;
  const ComparisonOptions& options_;
  Random random_;
  std::int64_t begin_ns_;
  Comparison result_;
};

// Chance of such a ratio between equal arms, over all the looks that there could have been.
double chance(const Comparison& row, const LogRatio& ratio) {
  return ratio.chance_of_difference() / row.plan.share(row.look);
}

}  // namespace

Result<Comparison> compare(ArmStarter& starter, Clock& clock, const ComparisonOptions& options) {
  ASSAY_CHECK(options.budget_ns > 0 && options.rows >= 1 && options.alpha > 0 && options.alpha < 0.5,
              "budget {} ns, {} rows, alpha {}", options.budget_ns, options.rows, options.alpha);
  return Interleaving(starter, clock, options).run();
}

std::string_view claim_name(Claim claim) {
  switch (claim) {
    case Claim::kNoDifference:
      return "no difference";
    case Claim::kFaster:
      return "faster";
    case Claim::kSlower:
      return "slower";
    case Claim::kUnusable:
      return "unusable";
  }
  ASSAY_CHECK(false, "claim {}", static_cast<int>(claim));
  return {};
}

std::vector<JudgedRow> judge_rows(std::span<const Comparison* const> rows, double alpha) {
  std::vector<std::size_t> by_evidence(rows.size());
  std::iota(by_evidence.begin(), by_evidence.end(), std::size_t{0});
  std::stable_sort(by_evidence.begin(), by_evidence.end(), [&](std::size_t a, std::size_t b) {
    return chance(*rows[a], rows[a]->ratio) < chance(*rows[b], rows[b]->ratio);
  });
  std::vector<JudgedRow> judged(rows.size());
  bool claiming = true;
  std::size_t left = rows.size();
  for (const std::size_t i : by_evidence) {
    const Comparison& row = *rows[i];
    const double row_alpha = alpha / static_cast<double>(left);
    claiming = claiming && chance(row, row.ratio) <= row_alpha;
    if (claiming) left -= 1;  // the first row that is not claimed sets the level of all that follow
    const double tail = row.spent_alpha(row_alpha) / 2;
    judged[i].ratio = ratio_interval(row.ratio, tail, 1 - row_alpha);
    judged[i].again = ratio_interval(row.again, tail, 1 - row_alpha);
    judged[i].smallest_detectable = std::expm1(row.ratio.smallest_detectable(tail));
    const bool same_differs = chance(row, row.again) <= alpha / static_cast<double>(rows.size());
    judged[i].claim = same_differs         ? Claim::kUnusable
                      : !claiming          ? Claim::kNoDifference
                      : row.ratio.mean < 0 ? Claim::kFaster
                                           : Claim::kSlower;
  }
  return judged;
}

}  // namespace assay::measure
