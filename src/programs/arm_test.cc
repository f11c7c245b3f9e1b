// SPDX-License-Identifier: Apache-2.0
#include "programs/arm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "programs/testing/scripted_arm_program.h"

namespace assay::programs {
namespace {

using testing::ArmScript;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ScriptedArmProgram;

struct Arm {
  explicit Arm(const ArmScript& script = {}) : program(script, clock), service(program, clock) {}
  std::string ask(std::string_view question) {
    auto answer = service.answer(question);
    return answer ? *answer : "error: " + answer.error().message;
  }
  ScriptedClock clock;
  ScriptedArmProgram program;
  ArmService service;
};

TEST(ArmService, TimesTheCallsThatItIsAskedFor) {
  Arm arm({.call_ns = 1'000'000});
  EXPECT_THAT(*parse_arm_list(arm.ask("list")), ElementsAre("scripted/copy size=64"));
  EXPECT_THAT(arm.ask("open scripted/copy size=64"), HasSubstr(R"("call_ns":1000000.0)"));
  EXPECT_THAT(*parse_arm_times(arm.ask("go 3"), 3), ElementsAre(1e6, 1e6, 1e6));
}

TEST(ArmService, MakesOneUntimedCallAtTheBeginningOfATurnOfCheapCalls) {
  Arm cheap({.call_ns = 1'000'000});
  (void)cheap.ask("open scripted/copy size=64");
  const int before = cheap.program.calls;
  (void)cheap.ask("go 3");
  EXPECT_EQ(cheap.program.calls, before + 4);

  Arm dear({.call_ns = 50'000'000});
  (void)dear.ask("open scripted/copy size=64");
  const int dear_before = dear.program.calls;
  (void)dear.ask("go 3");
  EXPECT_EQ(dear.program.calls, dear_before + 3);
}

TEST(ArmService, TimesShortCallsTogether) {
  Arm arm({.call_ns = 20});
  EXPECT_THAT(arm.ask("open scripted/copy size=64"), HasSubstr(R"("calls_per_sample":500)"));
  EXPECT_THAT(*parse_arm_times(arm.ask("go 2"), 2), ElementsAre(20, 20));
  Arm alone({.call_ns = 20, .can_repeat = false});
  EXPECT_THAT(alone.ask("open scripted/copy size=64"), HasSubstr(R"("calls_per_sample":1)"));
}

TEST(ArmService, TellsAWrongOutput) {
  Arm arm({.wrong = true});
  (void)arm.ask("open scripted/copy size=64");
  const auto evidence = parse_arm_evidence(arm.ask("check"));
  ASSERT_TRUE(evidence) << evidence.error().message;
  ASSERT_FALSE(evidence->findings.empty());
  EXPECT_EQ(evidence->findings.front().code, "wrong-output");
  EXPECT_EQ(evidence->findings.front().severity, checks::Severity::kReject);
  Arm honest;
  (void)honest.ask("open scripted/copy size=64");
  const auto nothing = parse_arm_evidence(honest.ask("check"));
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->findings.empty());
  EXPECT_EQ(nothing->numerics.accumulation, "f32");
}

TEST(ArmService, RefusesWhatMakesNoSense) {
  Arm arm;
  EXPECT_THAT(arm.ask("go 3"), HasSubstr("before a case was opened"));
  EXPECT_THAT(arm.ask("dance"), HasSubstr("expected list, open, go or check, got 'dance'"));
  EXPECT_THAT(arm.ask("open other"), HasSubstr("no case 'other'"));
  (void)arm.ask("open scripted/copy size=64");
  for (const char* count : {"go", "go 0", "go -1", "go 2x", "go 99999999999"}) {
    EXPECT_THAT(arm.ask(count), HasSubstr("expected go 1 to")) << count;
  }
}

TEST(ArmAnswers, AreNotTrusted) {
  for (const char* wrong : {"", "x", "{}", "[1]", "[1,2,3]", "[1,-2]", "[1,null]", "[1,\"2\"]"}) {
    EXPECT_FALSE(parse_arm_times(wrong, 2)) << wrong;
  }
  for (const char* wrong : {"", "{}", "[1]", "[[]]"}) EXPECT_FALSE(parse_arm_list(wrong)) << wrong;
  for (const char* wrong : {"", "[]", "{}", R"({"findings":7})", R"({"findings":[{"code":1}]})"}) {
    EXPECT_FALSE(parse_arm_evidence(wrong)) << wrong;
  }
}

TEST(ServeArm, AnswersLineByLineUntilItsInputEnds) {
  int to_arm[2];
  int from_arm[2];
  ASSERT_EQ(pipe(to_arm), 0);
  ASSERT_EQ(pipe(from_arm), 0);
  const std::string questions = "open scripted/copy size=64\ngo 1\nnonsense\n";
  ASSERT_EQ(write(to_arm[1], questions.data(), questions.size()), static_cast<ssize_t>(questions.size()));
  close(to_arm[1]);
  Arm arm({.call_ns = 1e6});
  ASSERT_TRUE(serve_arm(arm.service, to_arm[0], from_arm[1]));
  close(from_arm[1]);
  char text[4096];
  const ssize_t count = read(from_arm[0], text, sizeof text);
  ASSERT_GT(count, 0);
  const std::string answers(text, static_cast<std::size_t>(count));
  EXPECT_THAT(answers, HasSubstr("ok {"));
  EXPECT_THAT(answers, HasSubstr("\nok [1000000.000]\n"));
  EXPECT_THAT(answers, HasSubstr("\nerror arm: expected list"));
  close(to_arm[0]);
  close(from_arm[0]);
}

}  // namespace
}  // namespace assay::programs
