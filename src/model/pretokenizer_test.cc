// SPDX-License-Identifier: Apache-2.0
#include "model/pretokenizer.h"

#include <gmock/gmock.h>

namespace assay::model {
namespace {

using ::testing::ElementsAre;

std::vector<std::string_view> split(std::string_view rule, std::string_view text) {
  return PreTokenizer::named(rule).value().split(text);
}

TEST(PreTokenizer, SplitsWordsAsGpt2Does) {
  EXPECT_THAT(split("gpt-2", "Hello world, it's 2026!"),
              ElementsAre("Hello", " world", ",", " it", "'s", " 2026", "!"));
  EXPECT_THAT(split("gpt-2", "a   b \n"), ElementsAre("a", "  ", " b", " \n"));
}

TEST(PreTokenizer, SmolLmSplitsEachDigitFirst) {
  EXPECT_THAT(split("smollm", "in 2026."), ElementsAre("in", " ", "2", "0", "2", "6", "."));
  // The digit is cut off before the expression looks, so that both spaces stay together.
  EXPECT_THAT(split("smollm", "a  1"), ElementsAre("a", "  ", "1"));
  EXPECT_THAT(split("gpt-2", "a  1"), ElementsAre("a", " ", " 1"));
}

TEST(PreTokenizer, QwenAndLlamaDifferInNumbersOnly) {
  EXPECT_THAT(split("qwen2", "x=1234"), ElementsAre("x", "=", "1", "2", "3", "4"));
  EXPECT_THAT(split("llama-bpe", "x=1234"), ElementsAre("x", "=", "123", "4"));
  for (const char* rule : {"qwen2", "llama-bpe"}) {
    EXPECT_THAT(split(rule, "WE'LL\n\n go"), ElementsAre("WE", "'LL", "\n\n", " go")) << rule;
  }
}

TEST(PreTokenizer, KnowsUnicodeLettersDigitsAndSpaces) {
  EXPECT_THAT(split("gpt-2", "été 中文"), ElementsAre("été", " 中文"));
  EXPECT_THAT(split("smollm", "½Ⅷ٣"), ElementsAre("½", "Ⅷ", "٣"));
  // U+3000 and U+0085 are white space; U+180E has not been since Unicode 6.3.
  EXPECT_THAT(split("gpt-2", "a\u3000\u0085"), ElementsAre("a", "\u3000\u0085"));
  EXPECT_THAT(split("gpt-2", "!\u180e"), ElementsAre("!\u180e"));
}

TEST(PreTokenizer, GivesEachByteThatIsNotUtf8APieceOfItsOwn) {
  EXPECT_THAT(split("gpt-2", "ab\xff\xfe c\xe4\xb8"),
              ElementsAre("ab", "\xff", "\xfe", " c", "\xe4", "\xb8"));
  EXPECT_THAT(split("qwen2", ""), ElementsAre());
}

TEST(PreTokenizer, LosesNothingOfALongStretch) {
  for (const char* rule : {"gpt-2", "smollm", "qwen2", "llama-bpe"}) {
    const PreTokenizer pre_tokenizer = PreTokenizer::named(rule).value();
    for (const char* unit : {" ", "a", "1", "!", "\n", " \n", "'", "\xff", "\u4e2d", " \t\r"}) {
      std::string text;
      while (text.size() < 200'000) text += unit;
      text += "x";
      std::string joined;
      for (const std::string_view piece : pre_tokenizer.split(text)) joined += piece;
      EXPECT_EQ(joined.size(), text.size());
      EXPECT_TRUE(joined == text) << rule;
    }
  }
}

TEST(PreTokenizer, RefusesUnknownNamesAndExpressions) {
  EXPECT_EQ(PreTokenizer::named("tekken").error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(PreTokenizer::named("tekken").error().message,
              ::testing::HasSubstr("gpt-2, smollm, qwen2, llama-bpe"));
  EXPECT_EQ(PreTokenizer::from_expression("(a+)+$", false).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(PreTokenizer::from_expression("", false)->name(), "gpt-2");
  EXPECT_EQ(PreTokenizer::from_expression("", true)->name(), "smollm");
}

}  // namespace
}  // namespace assay::model
