// SPDX-License-Identifier: Apache-2.0
#include "model/llama2c.h"

#include <gmock/gmock.h>

#include <cstring>
#include <fstream>

#include "base/mapped_file.h"
#include "base/testing/temporary_folder.h"
#include "base/testing/test_data.h"
#include "model/tokenizer.h"
#include "model/weights.h"

namespace assay::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int32_t kDim = 4, kHidden = 6, kLayers = 2, kHeads = 2, kKvHeads = 1, kVocab = 260,
                       kContext = 8;

// A model whose floats count 0, 1, 2, ..., and a tokenizer of the right size, both in a folder of their own.
class Llama2c : public ::testing::Test {
 protected:
  Llama2c() {
    write_model({kDim, kHidden, kLayers, kHeads, kKvHeads, -kVocab, kContext}, float_count(false));
    write_tokenizer(kVocab);
  }

  static std::size_t float_count(bool tied) {
    const int kv = kDim / kHeads * kKvHeads;
    const int layer = 2 * kDim + 2 * kDim * kDim + 2 * kDim * kv + 3 * kDim * kHidden;
    return static_cast<std::size_t>((tied ? 1 : 2) * kVocab * kDim + kLayers * layer + kDim +
                                    kContext * (kDim / kHeads));
  }
  void write_model(std::array<std::int32_t, 7> header, std::size_t floats) {
    std::ofstream out(bin(), std::ios::binary);
    out.write(reinterpret_cast<const char*>(header.data()), sizeof header);
    for (std::size_t i = 0; i < floats; ++i) {
      const auto value = static_cast<float>(i);
      out.write(reinterpret_cast<const char*>(&value), sizeof value);
    }
  }
  void write_tokenizer(int tokens) {
    std::ofstream out(tokenizer(), std::ios::binary);
    put(out, std::int32_t{6});
    for (int i = 0; i < tokens; ++i) {
      const std::string text = i >= 3 && i < 259 ? fmt::format("<0x{:02X}>", i - 3) : " a";
      put(out, static_cast<float>(-i));
      put(out, static_cast<std::int32_t>(text.size()));
      out << text;
    }
  }
  template <typename T>
  static void put(std::ofstream& out, T value) {
    out.write(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void expect_error(const char* message) {
    const auto done = convert_llama2c(bin(), "", gguf());
    ASSERT_FALSE(done) << message;
    EXPECT_THAT(done.error().message, HasSubstr(message));
    EXPECT_FALSE(std::filesystem::exists(gguf()));
  }

  std::filesystem::path bin() const { return folder_.path() / "m.bin"; }
  std::filesystem::path tokenizer() const { return folder_.path() / "tokenizer.bin"; }
  std::filesystem::path gguf() const { return folder_.path() / "m.gguf"; }
  assay::testing::TemporaryFolder folder_;
};

float first_of(const values::TensorView& view) {
  float value;
  std::memcpy(&value, view.bytes.data(), sizeof value);
  return value;
}

TEST_F(Llama2c, PutsEveryMatrixInItsPlace) {
  const auto done = convert_llama2c(bin(), "", gguf());
  ASSERT_TRUE(done) << done.error().message;
  const auto model = Model::open(gguf());
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->config.name, "m");
  EXPECT_EQ(model->config.kv_heads, 1);
  EXPECT_EQ(model->config.context, kContext);
  const auto& layers = model->weights.layers;
  // Where each matrix begins in the file, counted by hand for this small shape.
  EXPECT_EQ(first_of(model->weights.token_embd), 0);
  EXPECT_EQ(first_of(layers[0].attn_norm), 1040);
  EXPECT_EQ(first_of(layers[1].attn_norm), 1044);
  EXPECT_EQ(first_of(layers[0].attn_q), 1048);
  EXPECT_EQ(first_of(layers[1].attn_q), 1064);
  EXPECT_EQ(first_of(layers[0].attn_k), 1080);
  EXPECT_EQ(first_of(layers[1].attn_k), 1088);
  EXPECT_EQ(first_of(layers[0].attn_v), 1096);
  EXPECT_EQ(first_of(layers[0].attn_output), 1112);
  EXPECT_EQ(first_of(layers[0].ffn_norm), 1144);
  EXPECT_EQ(first_of(layers[0].ffn_gate), 1152);
  EXPECT_EQ(first_of(layers[0].ffn_down), 1200);
  EXPECT_EQ(first_of(layers[0].ffn_up), 1248);
  EXPECT_EQ(first_of(layers[1].ffn_up), 1272);
  EXPECT_EQ(first_of(model->weights.output_norm), 1296);
  EXPECT_EQ(first_of(model->weights.output), 1316);  // behind 16 floats of rotations
}

TEST_F(Llama2c, TiesTheHeadWhenTheVocabularyIsPositive) {
  write_model({kDim, kHidden, kLayers, kHeads, kKvHeads, kVocab, kContext}, float_count(true));
  ASSERT_TRUE(convert_llama2c(bin(), tokenizer(), gguf()));
  EXPECT_TRUE(Model::open(gguf()).value().weights.tied);
}

TEST_F(Llama2c, RefusesHeadersThatMakeNoSense) {
  for (std::size_t i = 0; i < 7; ++i) {
    for (const std::int32_t value : {0, -1, INT32_MIN, INT32_MAX}) {
      if (i == 5 && value == -1) continue;  // one token, untied: the size does not add up instead
      std::array<std::int32_t, 7> header = {kDim, kHidden, kLayers, kHeads, kKvHeads, kVocab, kContext};
      header[i] = value;
      write_model(header, 10);
      expect_error("is this a llama2.c model (version 0)?");
    }
  }
  write_model({kDim, kHidden, kLayers, 3, 1, kVocab, kContext}, float_count(true));
  expect_error("do not divide evenly");
}

TEST_F(Llama2c, RefusesSizesThatDoNotAddUp) {
  const std::array<std::int32_t, 7> header = {kDim, kHidden, kLayers, kHeads, kKvHeads, kVocab, kContext};
  for (const int difference : {-1, 1}) {
    write_model(header, float_count(true) + static_cast<std::size_t>(difference));
    expect_error("the header asks for");
  }
  const std::array<std::int32_t, 7> huge = {1 << 20, 1 << 20, 4096, 1 << 10, 1 << 10, 1 << 20, 1 << 20};
  write_model(huge, 1);
  expect_error("the header asks for");
  std::ofstream(bin()) << "short";
  expect_error("too few for the header");
}

TEST_F(Llama2c, RefusesATokenizerOfAnotherSize) {
  write_tokenizer(kVocab + 1);
  expect_error("bytes follow the last of 260 tokens");
  write_tokenizer(kVocab - 1);
  expect_error("ends in token 259 of 260");
  std::filesystem::remove(tokenizer());
  expect_error("no tokenizer beside it (tok260.bin or tokenizer.bin)");
}

TEST_F(Llama2c, RejectsEveryTruncatedTokenizer) {
  const std::string whole = read_text_file(tokenizer()).value();
  for (std::size_t size = 0; size < whole.size(); size += size < 64 ? 1 : 13) {
    std::ofstream(tokenizer(), std::ios::binary) << whole.substr(0, size);
    EXPECT_EQ(read_llama2c_tokenizer(tokenizer(), kVocab).error().code, ErrorCode::kCorrupt) << size;
  }
}

TEST(Llama2cData, ConvertsStories260KWithItsTokenizer) {
  ASSAY_NEED_DATA(bin, "stories260K.bin");
  ASSAY_NEED_DATA(tok, "tok512.bin");
  const assay::testing::TemporaryFolder folder;
  const auto gguf = folder.path() / "stories.gguf";
  const auto done = convert_llama2c(bin, "", gguf);
  ASSERT_TRUE(done) << done.error().message;
  const auto model = Model::open(gguf);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->config.hidden, 64);
  EXPECT_EQ(model->config.kv_heads, 4);
  const auto tokenizer = read_tokenizer(*model->file).value();
  EXPECT_THAT(tokenizer->encode("Zoo", {.add_special = true}), ElementsAre(1, 410, 469, 347));
}

}  // namespace
}  // namespace assay::model
