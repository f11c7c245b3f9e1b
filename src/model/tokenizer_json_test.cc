// SPDX-License-Identifier: Apache-2.0
#include "model/tokenizer_json.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/testing/temporary_folder.h"

namespace assay::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

const std::string kSmall = R"({
  "normalizer": null,
  "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
  "post_processor": {"type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]},
  "added_tokens": [{"id": 4, "content": "<s>", "special": true, "lstrip": false},
                   {"id": 6, "content": "<tool>", "special": false}],
  "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "Ġ": 3}, "merges": ["a b"]}
})";

void expect_error(const std::string& text, ErrorCode code, const char* message) {
  const auto tokenizer = parse_tokenizer_json(text, "small.json");
  ASSERT_FALSE(tokenizer) << message;
  EXPECT_EQ(tokenizer.error().code, code) << tokenizer.error().message;
  EXPECT_THAT(tokenizer.error().message, HasSubstr("small.json: "));
  EXPECT_THAT(tokenizer.error().message, HasSubstr(message));
}

TEST(TokenizerJson, ReadsVocabularyMergesAndAddedTokens) {
  const auto tokenizer = parse_tokenizer_json(kSmall, "small.json");
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ((*tokenizer)->vocab_size(), 7);  // id 5 is a hole
  EXPECT_EQ((*tokenizer)->piece(5), "");
  EXPECT_THAT((*tokenizer)->encode("ab a<tool>", {}), ElementsAre(2, 3, 0, 6));
  EXPECT_THAT((*tokenizer)->encode("ab", {.add_special = true}), ElementsAre(4, 2));
}

TEST(TokenizerJson, ReadsMergesWrittenAsPairs) {
  const auto tokenizer = parse_tokenizer_json(replaced(kSmall, R"("a b")", R"(["a", "b"])"), "small.json");
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_THAT((*tokenizer)->encode("ab", {}), ElementsAre(2));
}

TEST(TokenizerJson, RefusesWhatItDoesNotCompute) {
  const auto refuse = [](std::string_view from, std::string_view to, const char* message) {
    expect_error(replaced(kSmall, from, to), ErrorCode::kUnsupported, message);
  };
  refuse(R"("BPE")", R"("Unigram")", "model type 'Unigram' is not supported");
  refuse(R"("normalizer": null)", R"("normalizer": {"type": "Lowercase"})", "normalizer 'Lowercase'");
  refuse(R"("lstrip": false)", R"("lstrip": true)", "added token '<s>' with lstrip");
  refuse(R"("add_prefix_space": false)", R"("add_prefix_space": true)",
         "pre-tokenizer 'ByteLevel' with these settings");
  refuse(R"("use_regex": true)", R"("use_regex": false)", "exactly one splitting expression");
  refuse(R"({"type": "ByteLevel", "add_prefix_space": false, "use_regex": true})",
         R"({"type": "Sequence", "pretokenizers": [
             {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": false},
             {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]})",
         "expression '(a+)+$' is not one that assay knows");
  refuse(R"("type": "BPE",)", R"("type": "BPE", "byte_fallback": true,)", "byte fallback");
}

TEST(TokenizerJson, RefusesCorruptContent) {
  const auto refuse = [](std::string_view from, std::string_view to, const char* message) {
    expect_error(replaced(kSmall, from, to), ErrorCode::kCorrupt, message);
  };
  refuse(R"("ab": 2)", R"("ab": 1)", "have the same id 1");
  refuse(R"("ab": 2)", R"("ab": 4000000000)", "token id 4000000000 is too large");
  refuse(R"("ab": 2)", R"("ab": -2)", "expected a natural number");
  refuse(R"("ab": 2)", R"("ab": [2])", "expected a natural number");
  refuse(R"("a b")", R"("ab")", "merges has 'ab', expected two tokens");
  refuse(R"("a b")", R"("a Ġ")", "needs the token 'aĠ'");
  refuse(R"(["a b"])", R"({})", "merges is not a list");
  refuse(R"({"a": 0, "b": 1, "ab": 2, "Ġ": 3})", "7", "vocab is not an object");
  refuse(R"("content": "<s>")", R"("contents": "<s>")", "entry without content");
}

TEST(TokenizerJson, RejectsEveryTruncatedPrefix) {
  for (std::size_t size = 0; size < kSmall.size(); ++size) {
    EXPECT_FALSE(parse_tokenizer_json(kSmall.substr(0, size), "small.json")) << size;
  }
}

TEST(TokenizerJson, SurvivesDeepNesting) {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  EXPECT_FALSE(parse_tokenizer_json(deep, "small.json"));
  EXPECT_FALSE(parse_tokenizer_json(replaced(kSmall, R"("ab": 2)", R"("ab": )" + deep), "small.json"));
  EXPECT_FALSE(parse_tokenizer_json(replaced(kSmall, "\"normalizer\": null", "\"normalizer\": " + deep),
                                    "small.json"));
}

TEST(TokenizerJson, RefusesADamagedGzipFile) {
  const assay::testing::TemporaryFolder folder;
  const auto path = folder.path() / "tokenizer.json.gz";
  std::ofstream(path, std::ios::binary) << "\x1f\x8b\x08 this is not deflated";
  const auto tokenizer = read_tokenizer_json(path);
  ASSERT_FALSE(tokenizer);
  EXPECT_EQ(tokenizer.error().code, ErrorCode::kCorrupt) << tokenizer.error().message;
}

}  // namespace
}  // namespace assay::model
