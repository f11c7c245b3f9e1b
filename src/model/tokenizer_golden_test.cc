// SPDX-License-Identifier: Apache-2.0
// Token ids of other tools on the same 46 texts, and of llama2.c for one prompt.
#include <gmock/gmock.h>

#include <algorithm>

#include "base/mapped_file.h"
#include "base/testing/test_data.h"
#include "base/text.h"
#include "model/tokenizer.h"

namespace assay::model {
namespace {

std::vector<std::string> read_texts(const std::filesystem::path& path) {
  const std::string file = read_text_file(path).value();
  constexpr std::string_view kSeparator = "\n__ggml_vocab_test__\n";
  std::vector<std::string> texts;
  std::size_t begin = 0;
  for (std::size_t end; (end = file.find(kSeparator, begin)) != std::string::npos;
       begin = end + kSeparator.size()) {
    texts.push_back(file.substr(begin, end - begin));
  }
  return texts;  // the separator also ends the last text
}

std::vector<std::vector<TokenId>> read_ids(const std::filesystem::path& path) {
  const std::string file = read_text_file(path).value();
  std::vector<std::vector<TokenId>> lists;
  for (const std::string_view line : split(file, '\n')) {
    auto& ids = lists.emplace_back();
    for (const std::string_view word : split(line, ' ')) {
      if (!word.empty()) ids.push_back(std::stoi(std::string(word)));
    }
  }
  lists.pop_back();  // behind the last newline
  return lists;
}

void expect_same_ids(const Tokenizer& tokenizer, const std::vector<std::string>& texts,
                     const std::vector<std::vector<TokenId>>& ids) {
  ASSERT_EQ(texts.size(), 46u);
  ASSERT_EQ(ids.size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(tokenizer.encode(texts[i], {}), ids[i]) << "text " << i << ": " << printable(texts[i]);
    EXPECT_EQ(tokenizer.decode(ids[i]), texts[i]) << "text " << i;
  }
}

TEST(TokenizerGolden, Gpt2FilesGiveTheIdsOfGpt2) {
  ASSAY_NEED_DATA(encoder, "gpt2-encoder.json");
  ASSAY_NEED_DATA(merges, "gpt2-vocab.bpe");
  ASSAY_NEED_DATA(texts, "tokenizer-cases.txt");
  ASSAY_NEED_DATA(ids, "gpt2-ids.txt");
  const auto tokenizer = read_gpt2_tokenizer(encoder, merges);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ((*tokenizer)->vocab_size(), 50257);
  EXPECT_EQ((*tokenizer)->eos(), 50256);
  expect_same_ids(**tokenizer, read_texts(texts), read_ids(ids));
}

TEST(TokenizerGolden, QwenTokenizerJsonGivesTheIdsOfQwen2) {
  ASSAY_NEED_DATA(json, "qwen3-tokenizer.json.gz");
  ASSAY_NEED_DATA(texts, "tokenizer-cases.txt");
  ASSAY_NEED_DATA(ids, "qwen2-ids.txt");
  const auto tokenizer = read_tokenizer_json(json);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_EQ((*tokenizer)->find_special("<|im_end|>"), 151645);
  EXPECT_TRUE((*tokenizer)->is_end(151645));
  expect_same_ids(**tokenizer, read_texts(texts), read_ids(ids));
}

TEST(TokenizerGolden, SmolLm2GgufGivesTheIdsOfLlamaCpp) {
  ASSAY_NEED_MODEL(model, "SmolLM2-135M-Instruct.Q4_1.gguf");
  ASSAY_NEED_DATA(texts, "tokenizer-cases.txt");
  const auto file = values::GgufFile::open(model);
  ASSERT_TRUE(file) << file.error().message;
  const auto tokenizer = read_tokenizer(*file);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  expect_same_ids(**tokenizer, read_texts(texts), read_ids(ASSAY_MODEL_TESTDATA "/smollm2_ids.txt"));
}

TEST(TokenizerGolden, SmolLm2KnowsItsSpecialTokensOnlyWhenAsked) {
  ASSAY_NEED_MODEL(model, "SmolLM2-135M-Instruct.Q4_1.gguf");
  const auto file = values::GgufFile::open(model);
  ASSERT_TRUE(file) << file.error().message;
  const auto tokenizer = read_tokenizer(*file);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_THAT((*tokenizer)->encode("<|im_start|>user", {.parse_special = true}),
              ::testing::ElementsAre(1, 4093));
  EXPECT_GT((*tokenizer)->encode("<|im_start|>user", {}).size(), 2u);
  EXPECT_TRUE((*tokenizer)->is_end(2));
  EXPECT_TRUE((*tokenizer)->is_end(0));
  EXPECT_FALSE((*tokenizer)->is_end(1));
  EXPECT_EQ((*tokenizer)->piece(2), "");
}

TEST(TokenizerGolden, Llama2cTokenizerGivesTheIdsOfItsPrompt) {
  ASSAY_NEED_DATA(path, "tok512.bin");
  const auto tokenizer = read_llama2c_tokenizer(path, 512);
  ASSERT_TRUE(tokenizer) << tokenizer.error().message;
  EXPECT_THAT((*tokenizer)->encode("Zoo", {.add_special = true}), ::testing::ElementsAre(1, 410, 469, 347));
  EXPECT_EQ((*tokenizer)->decode(std::vector<TokenId>{1, 410, 469, 347}), " Zoo");
}

}  // namespace
}  // namespace assay::model
