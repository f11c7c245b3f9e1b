// SPDX-License-Identifier: Apache-2.0
#include "model/config.h"

#include <gmock/gmock.h>

#include "model/testing/llama_file.h"

namespace assay::model {
namespace {

using ::testing::HasSubstr;
using testing::LlamaFile;

Result<Config> read(const LlamaFile& file) {
  const auto bytes = file.bytes();
  return read_config(values::GgufFile::parse(bytes, "small.gguf").value());
}

void expect_error(const LlamaFile& file, ErrorCode code, const char* message) {
  const auto config = read(file);
  ASSERT_FALSE(config) << message;
  EXPECT_EQ(config.error().code, code) << config.error().message;
  EXPECT_THAT(config.error().message, HasSubstr("small.gguf"));
  EXPECT_THAT(config.error().message, HasSubstr(message));
}

TEST(Config, ReadsWidthsHeadsAndPositions) {
  const auto config = read(LlamaFile());
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->name, "small.gguf");
  EXPECT_EQ(config->layers, 2);
  EXPECT_EQ(config->hidden, 32);
  EXPECT_EQ(config->ffn, 64);
  EXPECT_EQ(config->heads, 4);
  EXPECT_EQ(config->kv_heads, 2);
  EXPECT_EQ(config->head_dim, 8);
  EXPECT_EQ(config->rope_dims, 8);
  EXPECT_EQ(config->vocab, 100);
  EXPECT_EQ(config->context, 64);
  EXPECT_EQ(config->rope_layout, RopeLayout::kInterleaved);
  EXPECT_FLOAT_EQ(config->rope_theta, 10000.0f);
}

TEST(Config, TakesHeadSizeFromKeyLengthAndAllHeadsWithoutKvCount) {
  LlamaFile file;
  file.keys["llama.attention.key_length"] = 16u;
  file.keys.erase("llama.attention.head_count_kv");
  const auto config = read(file);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->head_dim, 16);
  EXPECT_EQ(config->kv_heads, 4);
}

TEST(Config, NamesAMissingKey) {
  for (const char* key : {"general.architecture", "llama.block_count", "llama.embedding_length",
                          "llama.attention.layer_norm_rms_epsilon", "llama.context_length"}) {
    LlamaFile file;
    file.keys.erase(key);
    expect_error(file, ErrorCode::kNotFound, key);
  }
}

TEST(Config, RefusesAnotherArchitecture) {
  LlamaFile file;
  file.keys["general.architecture"] = "mamba";
  expect_error(file, ErrorCode::kUnsupported, "architecture 'mamba' is not supported; supported: llama");
}

TEST(Config, RefusesZeroAndAbsurdCounts) {
  for (const char* key :
       {"llama.block_count", "llama.embedding_length", "llama.feed_forward_length",
        "llama.attention.head_count", "llama.attention.head_count_kv", "llama.context_length"}) {
    for (const std::uint32_t value : {0u, 4'000'000'000u}) {
      LlamaFile file;
      file.keys[key] = value;
      expect_error(file, ErrorCode::kCorrupt, key);
    }
  }
}

TEST(Config, RefusesHeadsThatDoNotDivide) {
  LlamaFile file;
  file.keys["llama.attention.head_count_kv"] = 3u;
  expect_error(file, ErrorCode::kCorrupt, "4 query heads cannot share 3 key and value heads evenly");
  file.keys["llama.attention.head_count_kv"] = 1u;
  file.keys["llama.attention.head_count"] = 5u;
  expect_error(file, ErrorCode::kCorrupt, "width 32 is not a multiple of 5 heads");
}

TEST(Config, RefusesRotationsThatDoNotFitTheHead) {
  for (const std::uint32_t dims : {7u, 10u}) {
    LlamaFile file;
    file.keys["llama.rope.dimension_count"] = dims;
    expect_error(file, ErrorCode::kCorrupt, "expected an even number up to the head size 8");
  }
}

TEST(Config, RefusesNumbersThatAreNotSane) {
  LlamaFile file;
  file.keys["llama.rope.freq_base"] = std::numeric_limits<float>::quiet_NaN();
  expect_error(file, ErrorCode::kCorrupt, "llama.rope.freq_base is nan");
  file = LlamaFile();
  file.keys["llama.attention.layer_norm_rms_epsilon"] = -1.0f;
  expect_error(file, ErrorCode::kCorrupt, "layer_norm_rms_epsilon is -1");
  file = LlamaFile();
  file.keys["llama.block_count"] = "two";
  expect_error(file, ErrorCode::kCorrupt, "llama.block_count");
}

TEST(Config, RefusesWhatItWouldComputeWrongly) {
  LlamaFile file;
  file.keys["llama.expert_count"] = 8u;
  expect_error(file, ErrorCode::kUnsupported, "mixture of experts");
  file = LlamaFile();
  file.keys["llama.rope.scaling.type"] = "linear";
  expect_error(file, ErrorCode::kUnsupported, "RoPE scaling 'linear'");
  file = LlamaFile();
  file.tensors["rope_freqs.weight"] = {values::DType::kF32, values::Shape{4}};
  expect_error(file, ErrorCode::kUnsupported, "rope_freqs.weight");
}

TEST(Config, SaysThatAVocabularyOnlyFileHasNoTensors) {
  LlamaFile file;
  file.tensors.clear();
  expect_error(file, ErrorCode::kNotFound, "has no tensors: it is a vocabulary-only file");
}

TEST(Config, RefusesAnEmbeddingOfAnotherWidth) {
  LlamaFile file;
  file.tensors["token_embd.weight"].shape = values::Shape{100, 64};
  expect_error(file, ErrorCode::kCorrupt, "'token_embd.weight' is 100x64, expected (vocabulary)x32");
  file.tensors.erase("token_embd.weight");
  expect_error(file, ErrorCode::kNotFound, "'token_embd.weight' is missing");
}

TEST(Config, RefusesATokenizerOfAnotherSize) {
  LlamaFile file;
  file.tokens = {"a", "b"};
  expect_error(file, ErrorCode::kCorrupt, "the tokenizer has 2 tokens, but token_embd.weight has 100 rows");
}

}  // namespace
}  // namespace assay::model
