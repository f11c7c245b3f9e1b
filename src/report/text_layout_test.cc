// SPDX-License-Identifier: Apache-2.0
#include "report/text_layout.h"

#include <gtest/gtest.h>

namespace assay::report {
namespace {

TEST(TextLayout, CountsCharactersAndNotBytes) {
  EXPECT_EQ(display_width("± 1 %"), 5u);
  EXPECT_EQ(pad_left("±", 3), "  ±");
  EXPECT_EQ(pad_right("±", 3), "±  ");
  EXPECT_EQ(pad_left("wide", 2), "wide");
}

TEST(TextLayout, TakesAwayWhatCouldSteerATerminal) {
  EXPECT_EQ(plain("a\x1b[31mb\nc\td\x7f"), "a [31mb c d ");
  EXPECT_EQ(plain("CSI \xc2\x9b"
                  "31m"),
            "CSI   31m");
  EXPECT_EQ(plain("bad \xff"), "bad ?");
  EXPECT_EQ(plain("größer"), "größer");
}

TEST(TextLayout, CutsAtAWholeCharacter) {
  EXPECT_EQ(cut("größer", 6), "größer");
  EXPECT_EQ(cut("größer", 5), "größ…");
  EXPECT_EQ(cut("one two", 5), "one…");
  EXPECT_EQ(cut("ß", 1), "ß");
  EXPECT_EQ(cut("ßß", 1), "…");
}

TEST(TextLayout, WrapsAtSpaces) {
  EXPECT_EQ(wrap("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrap("unbreakable word", 4), (std::vector<std::string>{"unbreakable", "word"}));
  EXPECT_EQ(wrap("", 10), (std::vector<std::string>{""}));
}

}  // namespace
}  // namespace assay::report
