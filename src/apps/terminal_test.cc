// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace assay::apps {
namespace {

TEST(UseColour, ObeysTheFlagAndIsOffForFiles) {
  std::FILE* file = std::tmpfile();
  EXPECT_TRUE(use_colour(ColourChoice::kAlways, file));
  EXPECT_FALSE(use_colour(ColourChoice::kNever, file));
  EXPECT_FALSE(use_colour(ColourChoice::kAuto, file));
  std::fclose(file);
}

TEST(TerminalWidth, TakesColumnsWhereThereIsNoTerminal) {
  std::FILE* file = std::tmpfile();
  setenv("COLUMNS", "72", 1);
  EXPECT_EQ(terminal_width(file), 72);
  setenv("COLUMNS", "5", 1);
  EXPECT_EQ(terminal_width(file), 40);
  unsetenv("COLUMNS");
  EXPECT_EQ(terminal_width(file), 100);
  std::fclose(file);
}

TEST(ProgressBar, FillsFromLeftToRight) {
  EXPECT_EQ(progress_bar(0, 4), "[....]   0 %");
  EXPECT_EQ(progress_bar(0.5, 4), "[##..]  50 %");
  EXPECT_EQ(progress_bar(1, 4), "[####] 100 %");
}

}  // namespace
}  // namespace assay::apps
