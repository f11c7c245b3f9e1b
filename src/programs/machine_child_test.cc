// SPDX-License-Identifier: Apache-2.0
#include "programs/machine_child.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

namespace assay::programs {
namespace {

TEST(AskInChild, BringsTheTextOfAnotherProcess) {
  const auto text = ask_in_child([]() -> Result<std::string> { return std::to_string(::getpid()); }, 60);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_NE(*text, std::to_string(::getpid()));
  const std::string large(1 << 20, 'x');  // more than a pipe holds
  EXPECT_EQ(*ask_in_child([&]() -> Result<std::string> { return large; }, 60), large);
  EXPECT_EQ(*ask_in_child([]() -> Result<std::string> { return ""; }, 60), "");
}

TEST(AskInChild, BringsTheErrorAsItWas) {
  const auto text =
      ask_in_child([]() -> Result<std::string> { return fail(ErrorCode::kDevice, "cuda: no {}", 7); }, 60);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ErrorCode::kDevice);
  EXPECT_EQ(text.error().message, "cuda: no 7");
}

TEST(AskInChild, SaysHowTheChildDied) {
  const auto text = ask_in_child(
      []() -> Result<std::string> {
        ::raise(SIGKILL);
        return "";
      },
      60);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(text.error().message.find("signal 9"), std::string::npos);
}

TEST(AskInChild, DoesNotWaitForever) {
  const auto text = ask_in_child(
      []() -> Result<std::string> {
        for (;;) ::pause();
      },
      0.05);
  ASSERT_FALSE(text);
  EXPECT_NE(text.error().message.find("did not answer"), std::string::npos);
}

}  // namespace
}  // namespace assay::programs
