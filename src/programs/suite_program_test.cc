// SPDX-License-Identifier: Apache-2.0
#include "programs/suite_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::programs {
namespace {

std::function<void()> nothing(Call&) {
  return [] {};
}

TEST(SuiteProgram, HasTheCasesOfAllEntriesAndTheThreadsOfEach) {
  Suite suite("numbers");
  suite.entry("one").variant("plain", nothing);
  suite.entry("two")
      .axis("n", {4, 8})
      .threads([](const Point& p) { return static_cast<int>(p["n"]) / 4; })
      .variant("plain", nothing);
  const auto program = make_suite_program(suite, {.axes = {}, .seed = 1, .detail = "here"});
  ASSERT_TRUE(program) << program.error().message;
  const auto& cases = (*program)->cases();
  ASSERT_EQ(cases.size(), 3u);
  EXPECT_EQ(cases[2].id(), "two/plain n=8");
  EXPECT_EQ((*program)->name(), "numbers");
  EXPECT_EQ((*program)->detail(), "here");
  EXPECT_EQ((*program)->threads_of(cases[0]), 1);
  EXPECT_EQ((*program)->threads_of(cases[2]), 2);
  EXPECT_EQ((*program)->threads(), 2);
}

TEST(SuiteProgram, NamesTheAxesThatArePromisedToChangeTheResult) {
  Suite suite("numbers");
  suite.entry("one").axis("n", {4}).axis("sign", {0, 1}).changes_result().variant("plain", nothing);
  const auto program = make_suite_program(suite, {});
  ASSERT_TRUE(program);
  EXPECT_THAT((*program)->axes_that_change_result((*program)->cases()[0]), ::testing::ElementsAre("sign"));
}

TEST(SuiteProgram, NamesWhatRanInTheLastRunner) {
  Suite suite("numbers");
  suite.entry("one").variant("plain", nothing);
  suite.entry("two").variant("choosing", [](Call& c) { return [&c] { c.ran("two/other"); }; });
  const auto program = make_suite_program(suite, {});
  ASSERT_TRUE(program);
  for (const char* expected : {"one/plain", "two/other"}) {
    const auto& cases = (*program)->cases();
    auto runner = (*program)->make_runner(cases[expected[0] == 'o' ? 0 : 1]);
    ASSERT_TRUE(runner);
    ASSERT_TRUE((*runner)->call());
    ASSERT_TRUE((*runner)->restore());
    EXPECT_THAT((*program)->variants_used(), ::testing::ElementsAre(expected));
  }
}

TEST(SuiteProgram, IsAnErrorWithoutACase) {
  Suite suite("empty");
  auto program = make_suite_program(suite, {});
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().message, "suite 'empty' has no case to measure: it has no entries");
  suite.entry("one").variant("plain", nothing);
  suite.entries[0].variants[0].unavailable = [] { return "needs two sockets"; };
  program = make_suite_program(suite, {});
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().message, "suite 'empty' has no case to measure: 'one/plain' needs two sockets");
}

TEST(SuiteProgram, DoesNotKnowACaseOfAnotherSuite) {
  Suite suite("numbers");
  suite.entry("one").variant("plain", nothing);
  const auto program = make_suite_program(suite, {});
  ASSERT_TRUE(program);
  suite::Case other;
  other.entry = "one/plain";
  other.axes = {{"n", "4"}};
  const auto runner = (*program)->make_runner(other);
  ASSERT_FALSE(runner);
  EXPECT_EQ(runner.error().message, "suite 'numbers' has no case 'one/plain n=4'");
}

}  // namespace
}  // namespace assay::programs
