// SPDX-License-Identifier: Apache-2.0
#include "model/process.h"

#include <gtest/gtest.h>

namespace assay::model {
namespace {

TEST(Process, ReportsStatusAndErrors) {
  const auto end = run_process({.command = {"sh", "-c", "echo out; echo \"$GREETING\" >&2; exit 3"},
                                .environment = {{"GREETING", "hello $HOME"}}});
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(end->status, 3);
  EXPECT_EQ(end->errors, "hello $HOME\n");
}

TEST(Process, PassesArgumentsWithoutAShell) {
  const auto end = run_process({.command = {"sh", "-c", "echo \"$1\" >&2", "sh", "a;b $(c) 'd'"}});
  ASSERT_TRUE(end);
  EXPECT_EQ(end->errors, "a;b $(c) 'd'\n");
}

TEST(Process, KeepsTheLastOfMuchOutput) {
  const auto end = run_process({.command = {"sh", "-c", "yes | head -c 100000 >&2; echo end >&2"}});
  ASSERT_TRUE(end);
  EXPECT_EQ(end->errors.size(), 8192u);
  EXPECT_TRUE(end->errors.ends_with("y\nend\n"));
}

TEST(Process, SaysThatAProgramIsMissing) {
  const auto end = run_process({.command = {"assay-no-such-program"}});
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(end.error().message, "cannot start assay-no-such-program: No such file or directory");
}

TEST(Process, EndsAProgramWhenCancelled) {
  std::atomic<bool> cancel = false;
  // The program would run for ever; the first tick asks for its end.
  const auto end = run_process({.command = {"sh", "-c", "while :; do sleep 1; done"},
                                .tick = [&] { cancel = true; },
                                .cancel = &cancel});
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, ErrorCode::kCancelled);
}

TEST(Process, ReportsASignalAsTheShellDoes) {
  EXPECT_EQ(run_process({.command = {"sh", "-c", "kill -TERM $$"}}).value().status, 128 + 15);
}

}  // namespace
}  // namespace assay::model
