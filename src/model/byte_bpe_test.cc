// SPDX-License-Identifier: Apache-2.0
#include "model/byte_bpe.h"

#include <gmock/gmock.h>

#include "model/byte_alphabet.h"

namespace assay::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The 256 bytes as tokens 0 to 255, then what merges build, then special tokens.
ByteBpe byte_tokens(std::vector<std::pair<std::string, std::string>> merges = {}) {
  ByteBpe data{{}, std::move(merges), PreTokenizer::named("gpt-2").value()};
  for (unsigned byte = 0; byte < 256; ++byte) {
    data.vocabulary.tokens.emplace_back(byte_to_letter(static_cast<std::uint8_t>(byte)));
  }
  for (const auto& [left, right] : data.merges) data.vocabulary.tokens.push_back(left + right);
  data.vocabulary.kinds.assign(data.vocabulary.tokens.size(), TokenKind::kNormal);
  return data;
}

TokenId add(ByteBpe& data, const char* token, TokenKind kind) {
  data.vocabulary.tokens.emplace_back(token);
  data.vocabulary.kinds.push_back(kind);
  return static_cast<TokenId>(data.vocabulary.tokens.size() - 1);
}

std::unique_ptr<Tokenizer> make(ByteBpe data) { return make_byte_bpe(std::move(data), "test").value(); }

TEST(ByteBpe, MergesByRankNotByPosition) {
  // "abc": b+c is stronger than a+b, though it comes later.
  const auto tokenizer = make(byte_tokens({{"b", "c"}, {"a", "b"}}));
  EXPECT_THAT(tokenizer->encode("abc", {}), ElementsAre('a', 256));
  EXPECT_THAT(tokenizer->encode("abab", {}), ElementsAre(257, 257));
}

TEST(ByteBpe, MergesTheLeftmostOfEqualPairs) {
  const auto tokenizer = make(byte_tokens({{"a", "a"}, {"aa", "a"}}));
  EXPECT_THAT(tokenizer->encode("aaa", {}), ElementsAre(257));
  EXPECT_THAT(tokenizer->encode("aaaaa", {}), ElementsAre(256, 257));
}

TEST(ByteBpe, NeverMergesAcrossPieces) {
  const auto tokenizer = make(byte_tokens({{"a", "Ġ"}, {"Ġ", "b"}}));
  EXPECT_THAT(tokenizer->encode("a b", {}), ElementsAre('a', 257));
}

TEST(ByteBpe, KeepsEveryByteOfAnyText) {
  const auto tokenizer = make(byte_tokens({{"a", "b"}}));
  std::string text;
  for (int byte = 0; byte < 256; ++byte) text += static_cast<char>(byte);
  text += "ab\xf0\x9f\x9a\x80 \xff";
  EXPECT_EQ(tokenizer->decode(tokenizer->encode(text, {})), text);
}

TEST(ByteBpe, LeavesOutBytesThatHaveNoToken) {
  ByteBpe data = byte_tokens({{"a", "b"}});
  data.vocabulary.tokens['x'] = "unused";
  const auto tokenizer = make(std::move(data));
  EXPECT_THAT(tokenizer->encode("axb", {}), ElementsAre('a', 'b'));  // and its neighbours do not merge
}

TEST(ByteBpe, MergesALongPieceWithoutSpaces) {
  const auto tokenizer = make(byte_tokens({{"a", "a"}, {"aa", "aa"}}));
  EXPECT_EQ(tokenizer->encode(std::string(1 << 18, 'a'), {}).size(), std::size_t{1} << 16);
}

TEST(ByteBpe, TakesAWholePieceWhenMergesAreIgnored) {
  ByteBpe data = byte_tokens();
  const TokenId whole = add(data, "Ġhello", TokenKind::kNormal);
  data.ignore_merges = true;
  const auto tokenizer = make(std::move(data));
  EXPECT_THAT(tokenizer->encode(" hello", {}), ElementsAre(whole));
  EXPECT_EQ(tokenizer->encode("hello", {}).size(), 5u);
}

TEST(ByteBpe, ComposesCharactersOnlyIfAsked) {
  ByteBpe composing = byte_tokens();
  composing.normalize_nfc = true;
  const std::string decomposed = "e\u0301\xff";  // the broken byte stays
  EXPECT_EQ(make(byte_tokens())->encode(decomposed, {}).size(), 4u);
  EXPECT_THAT(make(std::move(composing))->encode(decomposed, {}), ElementsAre(0xc3, 0xa9, 0xff));
}

TEST(ByteBpe, FindsControlTokensOnlyWhenAskedAndUserTokensAlways) {
  ByteBpe data = byte_tokens();
  const TokenId control = add(data, "<|end|>", TokenKind::kControl);
  const TokenId user = add(data, "<tool>", TokenKind::kUserDefined);
  const auto tokenizer = make(std::move(data));
  EXPECT_THAT(tokenizer->encode("a<|end|><tool>", {.parse_special = true}), ElementsAre('a', control, user));
  EXPECT_THAT(tokenizer->encode("<tool>", {}), ElementsAre(user));
  EXPECT_EQ(tokenizer->encode("<|end|>", {}).size(), 7u);
  EXPECT_EQ(tokenizer->piece(control), "");
  EXPECT_EQ(tokenizer->piece(user), "<tool>");
  EXPECT_EQ(tokenizer->find_special("<|end|>"), control);
  EXPECT_EQ(tokenizer->find_special("<|none|>"), std::nullopt);
}

TEST(ByteBpe, PrefersTheLongestSpecialToken) {
  ByteBpe data = byte_tokens();
  add(data, "<a>", TokenKind::kControl);
  const TokenId longer = add(data, "<a><b>", TokenKind::kControl);
  EXPECT_THAT(make(std::move(data))->encode("<a><b>", {.parse_special = true}), ElementsAre(longer));
}

TEST(ByteBpe, AddsBeginAndEndOnlyIfTheModelAsksForThem) {
  ByteBpe data = byte_tokens();
  data.vocabulary.bos = add(data, "<s>", TokenKind::kControl);
  data.vocabulary.eos = add(data, "</s>", TokenKind::kControl);
  data.vocabulary.add_bos = data.vocabulary.add_eos = true;
  const auto tokenizer = make(std::move(data));
  EXPECT_THAT(tokenizer->encode("a", {.add_special = true}), ElementsAre(256, 'a', 257));
  EXPECT_THAT(tokenizer->encode("a", {}), ElementsAre('a'));
  EXPECT_TRUE(tokenizer->is_end(257));
}

TEST(ByteBpe, RefusesInconsistentVocabularies) {
  ByteBpe data = byte_tokens();
  data.merges.emplace_back("a", "q");  // "aq" is no token
  auto error = make_byte_bpe(std::move(data), "test").error();
  EXPECT_EQ(error.code, ErrorCode::kCorrupt);
  EXPECT_THAT(error.message, HasSubstr("test: merge 0 needs the token 'aq'"));
  data = byte_tokens();
  data.vocabulary.kinds.pop_back();
  EXPECT_THAT(make_byte_bpe(std::move(data), "test").error().message,
              HasSubstr("255 token types for 256 tokens"));
  data = byte_tokens();
  data.vocabulary.eos = 256;
  EXPECT_THAT(make_byte_bpe(std::move(data), "test").error().message, HasSubstr("the eos token is 256"));
  data = byte_tokens();
  data.vocabulary.tokens.clear();
  data.vocabulary.kinds.clear();
  EXPECT_THAT(make_byte_bpe(std::move(data), "test").error().message, HasSubstr("the vocabulary is empty"));
}

TEST(StreamDecoder, HoldsBackACharacterUntilItIsWhole) {
  const auto tokenizer = make(byte_tokens());
  StreamDecoder decoder(*tokenizer);
  EXPECT_EQ(decoder.add('a'), "a");
  EXPECT_EQ(decoder.add(0xf0), "");
  EXPECT_EQ(decoder.add(0x9f), "");
  EXPECT_EQ(decoder.add(0x9a), "");
  EXPECT_EQ(decoder.add(0x80), "\U0001f680");
  EXPECT_EQ(decoder.finish(), "");
}

TEST(StreamDecoder, ReplacesBytesThatCanNeverBeUtf8) {
  const auto tokenizer = make(byte_tokens());
  StreamDecoder decoder(*tokenizer);
  std::string text;
  for (const TokenId id : {0xff, 0xe4, 0x62, 0xe4, 0xb8}) text += decoder.add(id);
  EXPECT_EQ(text, "\ufffd\ufffdb");  // the last two may still become a character
  EXPECT_EQ(decoder.finish(), "\ufffd\ufffd");
  EXPECT_EQ(decoder.finish(), "");
}

}  // namespace
}  // namespace assay::model
