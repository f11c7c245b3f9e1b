// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "model/tokenizer.h"

namespace assay::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What a test wants to be wrong.
struct Keys {
  std::string model = "gpt2", pre = "gpt-2";
  std::vector<std::string> tokens = {"a", "b", "ab", "<|im_end|>", "<|eot|>"};
  std::vector<std::int32_t> types = {1, 1, 1, 3, 3};
  std::vector<std::string> merges = {"a b"};
  std::uint32_t bos = 4;
};

Result<std::unique_ptr<Tokenizer>> read(const Keys& keys) {
  values::GgufWriter writer;
  writer.add_string("tokenizer.ggml.model", keys.model);
  writer.add_string("tokenizer.ggml.pre", keys.pre);
  writer.add_strings("tokenizer.ggml.tokens", keys.tokens);
  writer.add_i32s("tokenizer.ggml.token_type", keys.types);
  writer.add_strings("tokenizer.ggml.merges", keys.merges);
  writer.add_u32("tokenizer.ggml.bos_token_id", keys.bos);
  writer.add_u32("tokenizer.ggml.eot_token_id", 4);
  const auto bytes = writer.to_bytes().value();
  return read_tokenizer(values::GgufFile::parse(bytes, "small.gguf").value());
}

void expect_error(const Keys& keys, ErrorCode code, const char* message) {
  const auto tokenizer = read(keys);
  ASSERT_FALSE(tokenizer) << message;
  EXPECT_EQ(tokenizer.error().code, code);
  EXPECT_THAT(tokenizer.error().message, HasSubstr("small.gguf: "));
  EXPECT_THAT(tokenizer.error().message, HasSubstr(message));
}

TEST(TokenizerGguf, ReadsTokensMergesAndEndsOfTurn) {
  const auto tokenizer = read(Keys());
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_THAT((*tokenizer)->encode("ab<|im_end|>", {.parse_special = true}), ElementsAre(2, 3));
  EXPECT_TRUE((*tokenizer)->is_end(3));  // by its text
  EXPECT_TRUE((*tokenizer)->is_end(4));  // by eot_token_id
  EXPECT_EQ((*tokenizer)->eos(), std::nullopt);
}

TEST(TokenizerGguf, Llama3AddsItsBeginUnlessTheFileSaysNo) {
  Keys keys;
  EXPECT_THAT(read(keys).value()->encode("a", {.add_special = true}), ElementsAre(0));
  keys.pre = "llama-bpe";
  EXPECT_THAT(read(keys).value()->encode("a", {.add_special = true}), ElementsAre(4, 0));
}

TEST(TokenizerGguf, RefusesWhatItDoesNotKnow) {
  Keys keys;
  keys.model = "bert";
  expect_error(keys, ErrorCode::kUnsupported,
               "tokenizer model 'bert' is not supported; supported: gpt2, llama");
  keys = Keys();
  keys.pre = "tekken";
  expect_error(keys, ErrorCode::kUnsupported,
               "pre-tokenizer 'tekken' is not supported; supported: gpt-2, smollm");
}

TEST(TokenizerGguf, RefusesInconsistentLists) {
  Keys keys;
  keys.types = {1, 1};
  expect_error(keys, ErrorCode::kCorrupt, "2 token types for 5 tokens");
  keys = Keys();
  keys.types[0] = 9;
  expect_error(keys, ErrorCode::kCorrupt, "token_type has the number 9, expected 1 to 6");
  keys = Keys();
  keys.bos = 5;
  expect_error(keys, ErrorCode::kCorrupt, "the bos token is 5, but there are 5 tokens");
  for (const char* merge : {"ab", "", " ", "a ", " b"}) {
    keys = Keys();
    keys.merges = {merge};
    expect_error(keys, ErrorCode::kCorrupt, "tokenizer.ggml.merges has");
  }
}

TEST(TokenizerGguf, NamesAMissingKey) {
  const auto bytes = values::GgufWriter().to_bytes().value();
  const auto tokenizer = read_tokenizer(values::GgufFile::parse(bytes, "small.gguf").value());
  EXPECT_EQ(tokenizer.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(tokenizer.error().message, HasSubstr("tokenizer.ggml.model"));
}

}  // namespace
}  // namespace assay::model
