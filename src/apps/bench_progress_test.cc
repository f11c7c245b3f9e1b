// SPDX-License-Identifier: Apache-2.0
#include "apps/bench_progress.h"

#include <gtest/gtest.h>

namespace assay::apps {
namespace {

programs::CaseProgress progress(std::string_view phase, std::int64_t calls) {
  programs::CaseProgress made{phase, {}};
  made.calls.calls = calls;
  made.calls.spent_ns = 2'000'000'000;
  made.calls.budget_ns = 12'000'000'000;
  return made;
}

TEST(ProgressText, SaysWhatRunsHowOftenHowPreciseAndHowLongStill) {
  programs::CaseProgress sampling = progress("sampling", 150);
  sampling.calls.half_width = 0.018;
  EXPECT_EQ(progress_text(3, 12, "saxpy/plain n=4096", sampling, 95),
            "[3/12] n = 150, ± 1.8 %, 2 of 12 s, 95 s left  saxpy/plain n=4096");
}

TEST(ProgressText, SaysNoIntervalBeforeTheFirstLook) {
  EXPECT_EQ(progress_text(1, 1, "a", progress("sampling", 99), 5), "[1/1] n = 99, 2 of 12 s, 5 s left  a");
}

TEST(ProgressText, NamesThePhaseWhereNothingIsCalled) {
  EXPECT_EQ(progress_text(1, 1, "a", progress("set-up", 0), -1), "[1/1] set-up, 0 s left  a");
  programs::CaseProgress warm = progress("warm-up", 16);
  warm.calls.warming_up = true;
  EXPECT_EQ(progress_text(1, 1, "a", warm, 5), "[1/1] warm-up 16, 2 of 12 s, 5 s left  a");
}

}  // namespace
}  // namespace assay::apps
