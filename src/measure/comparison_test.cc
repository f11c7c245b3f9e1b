// SPDX-License-Identifier: Apache-2.0
#include "measure/comparison.h"

#include <gtest/gtest.h>

#include <set>

#include "measure/testing/scripted_arms.h"

namespace assay::measure {
namespace {

using testing::ArmNoise;
using testing::ScriptedArms;

Comparison run(const ArmNoise& noise, double ratio, const ComparisonOptions& options) {
  ScriptedClock clock;
  ScriptedArms arms(noise, ratio, clock, options.seed);
  auto made = compare(arms, clock, options);
  EXPECT_TRUE(made);
  return *made;
}

JudgedRow judge(const Comparison& row) {
  const Comparison* rows[] = {&row};
  return judge_rows(rows, 0.01).front();
}

// A comparison of `rounds` whose ratio and A/A are as given, judged at its only look.
Comparison made_of(LogRatio ratio, LogRatio again) {
  Comparison row;
  row.plan.looks = {ratio.rounds};
  row.rounds.resize(static_cast<std::size_t>(ratio.rounds));
  row.ratio = ratio;
  row.again = again;
  return row;
}

TEST(ComparisonPlan, SpendsTheWholeChanceOverItsLooks) {
  const ComparisonPlan plan = plan_comparison({60'000'000, 1'000'000}, 10'000'000'000);
  EXPECT_EQ(plan.looks, (std::vector<int>{5, 9, 15}));
  EXPECT_NEAR(plan.share(0) + plan.share(1) + plan.share(2), 1, 1e-12);
  EXPECT_EQ(plan.calls, 5);
  EXPECT_GE(plan.blocks, 10);
}

TEST(ComparisonPlan, TakesThreeProcessesHoweverSlowTheCase) {
  const ComparisonPlan plan = plan_comparison({1'000'000'000, 60'000'000'000}, 1'000'000'000);
  EXPECT_EQ(plan.looks, (std::vector<int>{kMinRounds}));
  EXPECT_EQ(plan.blocks, 1);
  EXPECT_EQ(plan.calls, 1);
  EXPECT_EQ(plan_whole_processes(60'000'000'000, 1).looks, (std::vector<int>{kMinRounds}));
}

TEST(ComparisonPlan, TurnsOfABlockAreCounterBalanced) {
  Random random(1);
  std::set<std::vector<int>> orders;
  for (int i = 0; i < 200; ++i) {
    const TurnOrder order = next_order(random);
    std::array<std::size_t, kArms> places{};
    for (std::size_t place = 0; place < order.size(); ++place) places[order[place]] += place;
    for (const std::size_t sum : places) EXPECT_EQ(sum, 5u);  // the mean place is the middle for every arm
    orders.insert(std::vector<int>(order.begin(), order.end()));
  }
  EXPECT_EQ(orders.size(), 6u);
}

TEST(ComparisonRatio, SteadyDriftOfTheMachineCancels) {
  Round round;
  double level = 1;
  const auto next = [&](double ratio) { return 1000 * ratio * (level *= 1.01); };
  for (int i = 0; i < 3; ++i) {
    Block block{};
    for (const Arm arm : {kArmA, kArmAgain, kArmB}) block[arm][0] = next(arm == kArmB ? 1.1 : 1);
    for (const Arm arm : {kArmB, kArmAgain, kArmA}) block[arm][1] = next(arm == kArmB ? 1.1 : 1);
    round.blocks.push_back(block);
  }
  const std::vector<Round> rounds{round, round, round};
  EXPECT_NEAR(std::exp(log_ratio(rounds, kArmB, kArmA).mean), 1.1, 1e-12);
  EXPECT_NEAR(log_ratio(rounds, kArmAgain, kArmA).mean, 0, 1e-12);
}

TEST(ComparisonRatio, OneSlowTurnDoesNotMoveARound) {
  Round round;
  for (int i = 0; i < 5; ++i) round.blocks.push_back({{{100, 100}, {100, 100}, {102, 102}}});
  round.blocks[2][kArmB][0] = 1e6;
  const std::vector<Round> rounds{round, round};
  EXPECT_NEAR(std::exp(log_ratio(rounds, kArmB, kArmA).mean), 1.02, 1e-12);
}

TEST(Comparison, FindsATrueDifferenceAndGivesItsSize) {
  const Comparison row = run({}, 1.05, {});
  const JudgedRow judged = judge(row);
  EXPECT_EQ(judged.claim, Claim::kSlower);
  EXPECT_LE(judged.ratio.lower, 1.05);
  EXPECT_GE(judged.ratio.upper, 1.05);
  EXPECT_EQ(judge(run({}, 0.95, {})).claim, Claim::kFaster);
}

TEST(Comparison, SaysWhatItCouldHaveResolved) {
  const JudgedRow judged = judge(run({}, 1, {}));
  EXPECT_EQ(judged.claim, Claim::kNoDifference);
  EXPECT_GT(judged.smallest_detectable, 0.001);
  EXPECT_LE(judged.smallest_detectable, 0.0101);
}

TEST(Comparison, StartsFreshProcessesOfEveryArmInEveryRound) {
  ScriptedClock clock;
  ScriptedArms arms({}, 1.02, clock, 3);
  const auto row = compare(arms, clock, {});
  ASSERT_TRUE(row);
  const int rounds = static_cast<int>(row->rounds.size());
  EXPECT_GE(rounds, kMinRounds);
  EXPECT_EQ(arms.started[kArmAgain], rounds);
  EXPECT_EQ(arms.started[kArmA], rounds + 1);  // and the pilot's
  EXPECT_EQ(arms.started[kArmB], rounds + 1);
}

TEST(Comparison, ProcessesThatVaryWidenTheInterval) {
  const JudgedRow alike = judge(run({}, 1.1, {}));
  const JudgedRow varying = judge(run({.between = 0.02}, 1.1, {}));
  EXPECT_GT(varying.ratio.upper - varying.ratio.lower, 3 * (alike.ratio.upper - alike.ratio.lower));
}

TEST(Comparison, GoesOnWhereTheFirstLookDoesNotResolve) {
  EXPECT_EQ(run({}, 1.05, {}).look, 0u);
  EXPECT_EQ(run({.between = 0.02}, 1, {}).look, 2u);
}

TEST(Comparison, EndsAtOnceWhenInterrupted) {
  const std::atomic<bool> stop = true;
  ScriptedClock clock;
  ScriptedArms arms({}, 1, clock, 1);
  ComparisonOptions options;
  options.stop = &stop;
  const auto row = compare(arms, clock, options);
  ASSERT_FALSE(row);
  EXPECT_EQ(row.error().code, ErrorCode::kCancelled);
}

TEST(JudgeRows, HoldsOneRowToAStricterLevelThanAnother) {
  const LogRatio nothing{10, 0, 0.01};
  const LogRatio some{10, 0.0125, 0.01};  // enough for 1 % alone, not for a fifth of it
  const Comparison alone = made_of(some, nothing);
  const Comparison quiet = made_of(nothing, nothing);
  const Comparison clear = made_of({10, 0.1, 0.01}, nothing);
  EXPECT_EQ(judge(alone).claim, Claim::kSlower);

  const Comparison* beside_quiet[] = {&quiet, &alone, &quiet, &quiet, &quiet};
  const auto judged = judge_rows(beside_quiet, 0.01);
  EXPECT_EQ(judged[1].claim, Claim::kNoDifference);
  EXPECT_LT(judged[1].ratio.lower, 1);
  EXPECT_EQ(judged[0].claim, Claim::kNoDifference);

  const Comparison* beside_clear[] = {&clear, &alone, &clear, &clear, &clear};
  const auto stepped = judge_rows(beside_clear, 0.01);
  EXPECT_EQ(stepped[1].claim, Claim::kSlower);  // last in Holm's order: the full level is left for it
  EXPECT_GT(stepped[1].ratio.lower, 1);
}

TEST(JudgeRows, ClaimsNothingWhereADiffersFromItself) {
  const Comparison row = made_of({10, 0.1, 0.01}, {10, 0.05, 0.01});
  EXPECT_EQ(judge(row).claim, Claim::kUnusable);
}

TEST(Gate, ReadsItsForm) {
  EXPECT_DOUBLE_EQ(parse_gate("slower than 2%")->slower_than, 0.02);
  EXPECT_DOUBLE_EQ(parse_gate(" slower than 0.5 % ")->slower_than, 0.005);
  for (const char* wrong : {"", "2%", "slower than 2", "slower than -1%", "slower than x%",
                            "slower than 1e9%", "slower than nan%", "faster than 2%"}) {
    const auto gate = parse_gate(wrong);
    ASSERT_FALSE(gate) << wrong;
    EXPECT_NE(gate.error().message.find("slower than X%"), std::string::npos);
  }
}

TEST(Gate, IsRedAboveGreenBelowAndOpenBetween) {
  const LogRatio nothing{10, 0, 0.01};
  const auto judged = [&](double slowdown) {
    return judge_gate(made_of({10, std::log1p(slowdown), 0.01}, nothing), {0.02}, 0.01, 1);
  };
  EXPECT_EQ(judged(0.04).state, GateState::kRed);
  EXPECT_GT(judged(0.04).lower, 0.02);
  EXPECT_EQ(judged(0.0).state, GateState::kGreen);
  EXPECT_LT(judged(0.0).upper, 0.02);
  EXPECT_EQ(judged(0.025).state, GateState::kOpen);
  EXPECT_EQ(judged(0.02).pairs_needed, kPairsUnknown);
}

TEST(Gate, NamesThePairsThatWouldDecide) {
  Comparison row = made_of({10, std::log1p(0.025), 0.01}, {10, 0, 0.01});
  row.plan.blocks = 4;
  const GateJudgement open = judge_gate(row, {0.02}, 0.01, 1);
  ASSERT_GT(open.pairs_needed, 0);
  EXPECT_EQ(open.pairs_needed % 4, 0);
  row.ratio.rounds += static_cast<int>(open.pairs_needed / 4);
  row.rounds.resize(static_cast<std::size_t>(row.ratio.rounds));
  row.plan.looks = {row.ratio.rounds};
  EXPECT_EQ(judge_gate(row, {0.02}, 0.01, 1).state, GateState::kRed);
  row.ratio.rounds -= 1;
  row.plan.looks = {row.ratio.rounds};
  EXPECT_EQ(judge_gate(row, {0.02}, 0.01, 1).state, GateState::kOpen);
}

}  // namespace
}  // namespace assay::measure
