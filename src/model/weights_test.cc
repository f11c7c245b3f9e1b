// SPDX-License-Identifier: Apache-2.0
#include "model/weights.h"

#include <gmock/gmock.h>

#include "base/mapped_file.h"
#include "base/testing/temporary_folder.h"
#include "base/testing/test_data.h"
#include "model/testing/llama_file.h"

namespace assay::model {
namespace {

using ::testing::HasSubstr;
using testing::LlamaFile;
using values::DType;
using values::Shape;

void expect_error(const LlamaFile& file, ErrorCode code, const char* message) {
  const auto bytes = file.bytes();
  const auto gguf = values::GgufFile::parse(bytes, "small.gguf").value();
  const auto weights = read_weights(gguf, read_config(gguf).value());
  ASSERT_FALSE(weights) << message;
  EXPECT_EQ(weights.error().code, code) << weights.error().message;
  EXPECT_THAT(weights.error().message, HasSubstr(message));
}

TEST(Weights, ReadsEveryTensorByItsRole) {
  const auto bytes = LlamaFile().bytes();
  const auto gguf = values::GgufFile::parse(bytes, "small.gguf").value();
  const auto weights = read_weights(gguf, read_config(gguf).value());
  ASSERT_TRUE(weights) << weights.error().message;
  ASSERT_EQ(weights->layers.size(), 2u);
  EXPECT_EQ(weights->layers[1].attn_k.shape, (Shape{16, 32}));
  EXPECT_EQ(weights->layers[1].ffn_down.shape, (Shape{32, 64}));
  EXPECT_EQ(weights->layers[1].ffn_down.dtype, DType::kF16);
  EXPECT_EQ(weights->token_embd.dtype, DType::kQ8_0);
}

TEST(Weights, CountsTheBytesOfOneTokenOnce) {
  LlamaFile file;
  const auto count = [](const LlamaFile& f) {
    const auto bytes = f.bytes();
    const auto gguf = values::GgufFile::parse(bytes, "small.gguf").value();
    const auto weights = read_weights(gguf, read_config(gguf).value()).value();
    return std::pair(weights.tied, weights.bytes_per_token());
  };
  // Q4_0 rows of 32 have 18 bytes, q8_0 rows 34; three feed-forward matrices of 64x32 halves.
  const std::int64_t layers = 2 * ((32 + 16 + 16 + 32) * 18 + 3 * 64 * 32 * 2);
  EXPECT_EQ(count(file), std::pair(true, layers + 100 * 34));
  file.tensors["output.weight"] = {DType::kF16, Shape{100, 32}};
  EXPECT_EQ(count(file), std::pair(false, layers + 100 * 32 * 2));
}

TEST(Weights, NamesAMissingTensor) {
  for (const char* name : {"blk.1.attn_v.weight", "output_norm.weight", "blk.0.ffn_norm.weight"}) {
    LlamaFile file;
    file.tensors.erase(name);
    expect_error(file, ErrorCode::kNotFound, name);
  }
  LlamaFile deep;
  deep.keys["llama.block_count"] = 4096u;
  expect_error(deep, ErrorCode::kNotFound, "'blk.2.attn_norm.weight' is missing");
}

TEST(Weights, RefusesAWrongShape) {
  LlamaFile file;
  file.tensors["blk.0.attn_k.weight"].shape = Shape{32, 32};
  expect_error(file, ErrorCode::kCorrupt, "'blk.0.attn_k.weight' is 32x32, expected 16x32");
}

TEST(Weights, RefusesTypesThatTheEngineDoesNotComputeWith) {
  LlamaFile file;
  file.tensors["blk.0.attn_norm.weight"].dtype = DType::kF16;
  expect_error(file, ErrorCode::kUnsupported, "'blk.0.attn_norm.weight' has type f16, expected f32");
  file = LlamaFile();
  file.tensors["blk.0.ffn_up.weight"].dtype = DType::kI32;
  expect_error(file, ErrorCode::kUnsupported, "'blk.0.ffn_up.weight' has type i32");
}

TEST(Weights, RefusesATensorThatWouldBeIgnored) {
  LlamaFile file;
  file.tensors["blk.0.attn_q.bias"] = {DType::kF32, Shape{32}};
  expect_error(file, ErrorCode::kUnsupported, "'blk.0.attn_q.bias' is not part of the Llama architecture");
}

TEST(Model, OpensAFileAndKeepsItsBytesWhenMoved) {
  const assay::testing::TemporaryFolder folder;
  const auto path = folder.path() / "small.gguf";
  ASSERT_TRUE(write_file_atomically(path, LlamaFile().bytes()));
  auto opened = Model::open(path);
  ASSERT_TRUE(opened) << opened.error().message;
  const Model model = std::move(*opened);
  EXPECT_EQ(model.weights.layers[0].attn_q.row(0).size(), 18u);
  EXPECT_EQ(Model::open(folder.path() / "absent.gguf").error().code, ErrorCode::kNotFound);
}

TEST(Model, OpensSmolLm2) {
  ASSAY_NEED_MODEL(path, "SmolLM2-135M-Instruct.Q4_1.gguf");
  const auto model = Model::open(path);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->config.layers, 30);
  EXPECT_EQ(model->config.vocab, 49152);
  EXPECT_TRUE(model->weights.tied);
  EXPECT_EQ(model->weights.bytes_per_token(), 96436224);  // 210 q4_1 matrices and the q8_0 head
}

}  // namespace
}  // namespace assay::model
