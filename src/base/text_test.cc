// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <gtest/gtest.h>

#include <array>

namespace assay {
namespace {

TEST(IsUtf8, AcceptsEveryLengthAndRejectsBrokenForms) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
  EXPECT_FALSE(is_utf8("\xC0\xAF"));          // overlong
  EXPECT_FALSE(is_utf8("\xED\xA0\x80"));      // surrogate
  EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80"));  // above U+10FFFF
  EXPECT_FALSE(is_utf8("\xE2\x82"));          // cut short
  EXPECT_FALSE(is_utf8("\x80"));
}

TEST(IncompleteUtf8Suffix, CountsTheBytesToHoldBack) {
  const std::string_view euro = "\xE2\x82\xAC", face = "\xF0\x9F\x98\x80";
  EXPECT_EQ(incomplete_utf8_suffix("abc"), 0u);
  EXPECT_EQ(incomplete_utf8_suffix(euro), 0u);
  EXPECT_EQ(incomplete_utf8_suffix(euro.substr(0, 1)), 1u);
  EXPECT_EQ(incomplete_utf8_suffix(euro.substr(0, 2)), 2u);
  EXPECT_EQ(incomplete_utf8_suffix(face.substr(0, 3)), 3u);
  EXPECT_EQ(incomplete_utf8_suffix("\x80\x80\x80\x80"), 0u);  // never completed: not held back for ever
}

TEST(Printable, ShowsOddBytesAndCutsLongText) {
  EXPECT_EQ(printable("a\nb'\xFF"), "a\\x0ab\\x27\\xff");
  EXPECT_EQ(printable("abcdef", 3), "abc...");
}

TEST(NearestName, SuggestsOnlyWhatIsNear) {
  constexpr std::array<std::string_view, 2> kNames{"smollm2-135m-instruct", "gpt2"};
  EXPECT_EQ(nearest_name("smolm2-135m-instruct", kNames), "smollm2-135m-instruct");
  EXPECT_EQ(nearest_name("gpt-2", kNames), "gpt2");
  EXPECT_EQ(nearest_name("zzzzzz", kNames), "");
}

TEST(Format, KeepsThreeDigits) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(93'800'000), "93.8 MB");
  EXPECT_EQ(format_bytes(999'960), "1.00 MB");
  EXPECT_EQ(format_duration_ns(12'345'678), "12.3 ms");
  EXPECT_EQ(format_duration_ns(78.94), "78.9 ns");
  EXPECT_EQ(format_duration_ns(456'000), "456 us");
}

TEST(Split, KeepsEmptyParts) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(split("", ',').size(), 1u);
}

}  // namespace
}  // namespace assay
