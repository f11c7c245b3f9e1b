// SPDX-License-Identifier: Apache-2.0
#include "programs/interleave.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "programs/testing/scripted_arm_program.h"

namespace assay::programs {
namespace {

using testing::ArmScript;
using ::testing::HasSubstr;
using testing::ScriptedArmProgram;

// Every process has a clock of its own, which only its calls move.
ArmSource forked(const ArmScript& script) {
  return {"scripted", "scripted/copy size=64", [script] {
            auto clock = std::make_shared<ScriptedClock>();
            struct Owning final : Program {
              Owning(const ArmScript& script, std::shared_ptr<ScriptedClock> clock)
                  : clock_(std::move(clock)), inner(script, *clock_) {}
              std::string name() const override { return inner.name(); }
              std::string detail() const override { return ""; }
              const std::vector<suite::Case>& cases() const override { return inner.cases(); }
              int threads() const override { return 1; }
              Result<std::unique_ptr<measure::Runner>> make_runner(const suite::Case& c) override {
                return inner.make_runner(c);
              }
              std::string runner_description() const override { return "scripted"; }
              std::vector<std::string> variants_used() const override { return {}; }
              std::shared_ptr<ScriptedClock> clock_;
              ScriptedArmProgram inner;
            };
            return fork_arm(
                [script, clock]() -> Result<std::unique_ptr<Program>> {
                  return std::make_unique<Owning>(script, clock);
                },
                *clock);
          }};
}

// A shell that speaks the protocol, or does not.
ArmSource shell(const std::string& script) {
  return {"shell", "case", [script] { return exec_arm({"sh", "-c", script}, 5); }};
}

constexpr const char* kOpened =
    R"(echo 'assay-arm 1'; read q; echo 'ok {"call_ns":1,"calls_per_sample":1}';)";

std::string turn_error(ArmSource source, const ArmPatience& patience = {}) {
  SuiteArms arms(source, source, patience);
  auto process = arms.start(measure::kArmB);
  if (!process) return process.error().message;
  auto times = (*process)->turn(2);
  return times ? "" : times.error().message;
}

TEST(SuiteArms, CompareForkedProcesses) {
  SuiteArms arms(forked({.call_ns = 1e6}), forked({.call_ns = 1.1e6}));
  ScriptedClock clock;
  measure::ComparisonOptions options;
  options.budget_ns = 1;
  const auto row = measure::compare(arms, clock, options);
  ASSERT_TRUE(row) << row.error().message;
  EXPECT_EQ(static_cast<int>(row->rounds.size()), measure::kMinRounds);
  EXPECT_NEAR(row->ratio.mean, std::log(1.1), 1e-9);
  EXPECT_EQ(row->again.mean, 0);
  EXPECT_TRUE(arms.findings().empty());
  EXPECT_EQ(arms.runner(measure::kArmB), "scripted");
}

TEST(SuiteArms, JudgeTheOutputsOfBothArmsAndWhatTheyHaveNotInCommon) {
  SuiteArms arms(forked({}), forked({.can_repeat = false, .wrong = true}));
  for (const measure::Arm arm : {measure::kArmA, measure::kArmB, measure::kArmB}) {
    auto process = arms.start(arm);
    ASSERT_TRUE(process);
    ASSERT_TRUE((*process)->finish());
  }
  const auto findings = arms.findings();
  ASSERT_EQ(findings.size(), 2u);  // that of two processes of B stands once
  EXPECT_EQ(findings[0].code, "wrong-output");
  EXPECT_THAT(findings[0].evidence, HasSubstr("arm B: "));
  EXPECT_EQ(findings[1].code, "numerics-differ");
}

TEST(SuiteArms, ADeadArmIsOneLine) {
  const std::string message = turn_error(forked({.exit_in_call = 18}));
  EXPECT_THAT(message, HasSubstr("arm B (scripted/copy size=64): its process ended: exit(7)"));
  EXPECT_THAT(turn_error(shell(std::string(kOpened) + "read q; kill -9 $$")),
              HasSubstr("arm B (case): its process ended: signal 9"));
  EXPECT_THAT(turn_error(shell("exit 3")), HasSubstr("exit(3)"));
}

TEST(SuiteArms, AHungArmIsOneLine) {
  const ArmPatience little{.ready_s = 5, .answer_s = 0.1};
  EXPECT_THAT(turn_error(shell(std::string(kOpened) + "read q; sleep 600"), little),
              HasSubstr("no answer in"));
  EXPECT_THAT(turn_error(forked({.hang_in_call = 18}), little), HasSubstr("no answer in"));
}

TEST(SuiteArms, RefuseAnswersThatAreNone) {
  EXPECT_THAT(turn_error(shell("echo hello")), HasSubstr("expected the greeting 'assay-arm 1'"));
  EXPECT_THAT(turn_error(shell(std::string(kOpened) + "read q; echo what; read q")),
              HasSubstr("expected 'ok' or 'error'"));
  EXPECT_THAT(turn_error(shell(std::string(kOpened) + "read q; echo 'ok [1]'; read q")),
              HasSubstr("expected 2 times"));
  EXPECT_THAT(turn_error(shell(std::string(kOpened) + "read q; echo 'error it broke'; read q")),
              HasSubstr("arm B (case): it broke"));
  EXPECT_THAT(turn_error({"none", "", [] { return exec_arm({"/no/such/program"}, 5); }}),
              HasSubstr("cannot start"));
}

TEST(SuiteArms, ListTheCasesOfAnotherProgram) {
  const auto ids = list_cases(shell(R"(echo 'assay-arm 1'; read q; echo 'ok ["a","b"]'; read q)"));
  ASSERT_TRUE(ids) << ids.error().message;
  EXPECT_EQ(ids->size(), 2u);
}

TEST(SuiteArms, TellACommandThatIsNoSuiteFromASuiteThatHangs) {
  for (const char* script : {"exit 0", "exit 3", "echo hello", "printf assay-arm"}) {
    const auto arm = exec_arm({"sh", "-c", script}, 60);
    ASSERT_FALSE(arm) << script;
    EXPECT_EQ(arm.error().code, ErrorCode::kUnsupported) << script << ": " << arm.error().message;
  }
  const auto hung = exec_arm({"sh", "-c", "read line"}, 0.05);
  ASSERT_FALSE(hung);
  EXPECT_EQ(hung.error().code, ErrorCode::kUnavailable);
}

TEST(CommandArms, TimeWholeProcesses) {
  SteadyClock clock;
  CommandArms arms({"true"}, {"false"}, clock);
  EXPECT_TRUE(arms.whole_processes());
  const auto times = (*arms.start(measure::kArmAgain))->turn(2);
  ASSERT_TRUE(times);
  EXPECT_EQ(times->size(), 2u);
  EXPECT_GT(times->front(), 0);
  const auto failed = (*arms.start(measure::kArmB))->turn(1);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("command B ('false'): ended with exit(1), expected exit(0)"));
}

TEST(CommandArms, EndACommandThatHangs) {
  SteadyClock clock;
  CommandArms arms({"sleep", "600"}, {"true"}, clock, /*longest_s=*/0.1);
  const auto hung = (*arms.start(measure::kArmA))->turn(1);
  ASSERT_FALSE(hung);
  EXPECT_THAT(hung.error().message, HasSubstr("did not end in 0 s and was killed"));
}

}  // namespace
}  // namespace assay::programs
