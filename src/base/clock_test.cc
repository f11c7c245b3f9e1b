// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(ScriptedClock, MovesOnlyWhenTold) {
  ScriptedClock clock(5);
  EXPECT_EQ(clock.now_ns(), 5);
  clock.advance_ns(37);
  EXPECT_EQ(clock.now_ns(), 42);
  EXPECT_DEATH(clock.advance_ns(-1), "cannot go back");
}

TEST(SteadyClock, NeverGoesBack) {
  SteadyClock clock;
  std::int64_t last = clock.now_ns();
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t now = clock.now_ns();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(UtcTimestamp, IsIso8601) {
  const std::string t = utc_timestamp();
  ASSERT_EQ(t.size(), 20u);
  EXPECT_EQ(t[10], 'T');
  EXPECT_EQ(t.back(), 'Z');
}

}  // namespace
}  // namespace assay
