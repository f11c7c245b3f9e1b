// SPDX-License-Identifier: Apache-2.0
#include "model/score_tokenizer.h"

#include <gmock/gmock.h>

#include <limits>

namespace assay::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr TokenId kFirstByte = 3, kFirstPiece = 259;

// <unk>, <s>, </s>, the 256 bytes, then `pieces` with their scores.
ScoreVocabulary vocabulary_of(const std::vector<std::pair<std::string, float>>& pieces) {
  ScoreVocabulary data;
  const auto add = [&](std::string token, TokenKind kind, float score) {
    data.vocabulary.tokens.push_back(std::move(token));
    data.vocabulary.kinds.push_back(kind);
    data.scores.push_back(score);
  };
  add("<unk>", TokenKind::kUnknown, 0);
  add("<s>", TokenKind::kControl, 0);
  add("</s>", TokenKind::kControl, 0);
  for (int byte = 0; byte < 256; ++byte) add(fmt::format("<0x{:02X}>", byte), TokenKind::kByte, 0);
  for (const auto& [text, score] : pieces) add(text, TokenKind::kNormal, score);
  data.vocabulary.unknown = 0;
  data.vocabulary.bos = 1;
  data.vocabulary.eos = 2;
  data.vocabulary.add_bos = true;
  return data;
}

std::unique_ptr<Tokenizer> make(ScoreVocabulary data) {
  return make_score_tokenizer(std::move(data), "test").value();
}

TEST(ScoreTokenizer, MergesTheHighestScoreFirst) {
  // "ab" is the strongest; merged from the weakest on, it would be "▁a" "bc".
  const auto tokenizer =
      make(vocabulary_of({{"▁", -9}, {"a", -8}, {"b", -7}, {"c", -6}, {"ab", -1}, {"bc", -2}, {"▁a", -3}}));
  EXPECT_THAT(tokenizer->encode("abc", {}), ElementsAre(kFirstPiece, kFirstPiece + 4, kFirstPiece + 3));
}

TEST(ScoreTokenizer, MarksSpacesAndPutsOneInFront) {
  ScoreVocabulary data = vocabulary_of({{"▁", -5}, {"a", -5}});
  EXPECT_THAT(make(data)->encode("a a", {.add_special = true}),
              ElementsAre(1, kFirstPiece, kFirstPiece + 1, kFirstPiece, kFirstPiece + 1));
  EXPECT_EQ(make(data)->decode(std::vector<TokenId>{1, kFirstPiece, kFirstPiece + 1}), " a");
  data.add_space_prefix = false;
  EXPECT_THAT(make(data)->encode("a", {}), ElementsAre(kFirstPiece + 1));
  EXPECT_THAT(make(data)->encode("", {.add_special = true}), ElementsAre(1));
}

TEST(ScoreTokenizer, FallsBackToBytesAndKeepsThem) {
  ScoreVocabulary data = vocabulary_of({{"a", -5}});
  data.add_space_prefix = false;
  const auto tokenizer = make(data);
  EXPECT_THAT(tokenizer->encode("aé\xff", {}),
              ElementsAre(kFirstPiece, kFirstByte + 0xc3, kFirstByte + 0xa9, kFirstByte + 0xff));
  std::string text;
  for (int byte = 0; byte < 256; ++byte) {
    if (byte != ' ')
      text += static_cast<char>(byte);  // the space comes back from its mark's bytes as the mark
  }
  EXPECT_EQ(tokenizer->decode(tokenizer->encode(text, {})), text);
}

TEST(ScoreTokenizer, UsesTheUnknownTokenWithoutByteTokens) {
  ScoreVocabulary data = vocabulary_of({});
  data.vocabulary.tokens.resize(3);
  data.vocabulary.kinds.resize(3);
  data.scores.resize(3);
  data.add_space_prefix = false;
  EXPECT_THAT(make(data)->encode("xy", {}), ElementsAre(0, 0));
}

TEST(ScoreTokenizer, PutsASpaceBehindSpecialTokensToo) {
  const auto tokenizer = make(vocabulary_of({{"▁", -5}, {"a", -5}}));
  EXPECT_THAT(tokenizer->encode("a</s>a", {.parse_special = true}),
              ElementsAre(kFirstPiece, kFirstPiece + 1, 2, kFirstPiece, kFirstPiece + 1));
}

TEST(ScoreTokenizer, RefusesInconsistentVocabularies) {
  ScoreVocabulary data = vocabulary_of({});
  data.scores.pop_back();
  EXPECT_THAT(make_score_tokenizer(data, "test").error().message, HasSubstr("258 scores for 259 tokens"));
  data = vocabulary_of({});
  data.scores[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(make_score_tokenizer(data, "test").error().message, HasSubstr("the score of token 7 is NaN"));
  for (const char* wrong : {"<0xZZ>", "x", "<0x100>", "<0x-1>", "<0x1 >"}) {
    data = vocabulary_of({});
    data.vocabulary.tokens[5] = wrong;
    EXPECT_THAT(make_score_tokenizer(data, "test").error().message, HasSubstr("token 5 is a byte token"))
        << wrong;
  }
}

}  // namespace
}  // namespace assay::model
