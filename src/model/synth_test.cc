// SPDX-License-Identifier: Apache-2.0
#include "model/synth.h"

#include <gmock/gmock.h>

#include <cmath>

#include "base/sha256.h"
#include "base/testing/temporary_folder.h"
#include "model/chat_template.h"
#include "model/tokenizer.h"
#include "model/weights.h"
#include "values/blocks.h"

namespace assay::model {
namespace {

using values::DType;

class Synth : public ::testing::Test {
 protected:
  std::filesystem::path make(const SynthShape& shape, DType dtype, std::uint64_t seed = 1,
                             std::optional<DType> head = {}) {
    const auto path = folder_.path() / "synth.gguf";
    const auto done = synthesise(shape, dtype, seed, path, head);
    EXPECT_TRUE(done) << done.error().message;
    return path;
  }
  assay::testing::TemporaryFolder folder_;
};

TEST_F(Synth, GivesTheSameBytesEverywhere) {
  EXPECT_EQ(sha256_of_file(make(shape_by_name("tiny").value(), DType::kF32)).value(),
            "e84c96e0e4ed4df3ee5310e844de85eaae1be55575cc910579ad811cf3e9ed62");
  EXPECT_EQ(sha256_of_file(make(shape_by_name("tiny").value(), DType::kQ8_0)).value(),
            "c442aa50f6b1bdd79967b2e0eb6683287383bb02041c138ebeb92542d8cc760b");
}

TEST_F(Synth, AnotherSeedGivesOtherWeightsAndWords) {
  const SynthShape tiny = shape_by_name("tiny").value();
  const std::string one = sha256_of_file(make(tiny, DType::kQ8_0, 1)).value();
  EXPECT_NE(sha256_of_file(make(tiny, DType::kQ8_0, 2)).value(), one);
}

TEST_F(Synth, IsAModelThatAssayOpens) {
  SynthShape shape = shape_by_name("tiny").value();
  for (const bool tied : {true, false}) {
    shape.tied = tied;
    const auto model = Model::open(make(shape, DType::kQ4_K, 1, DType::kQ6_K));
    ASSERT_TRUE(model) << model.error().message;
    EXPECT_EQ(model->config.name, "synthetic tiny q4_k seed 1");
    EXPECT_EQ(model->config.heads, shape.heads);
    EXPECT_EQ(model->weights.tied, tied);
    EXPECT_EQ(model->weights.layers[1].ffn_down.dtype, DType::kQ4_K);
    EXPECT_EQ(model->weights.output.dtype, DType::kQ6_K);
    EXPECT_TRUE(read_chat_template(*model->file));
  }
}

TEST_F(Synth, HasATokenizerThatKeepsText) {
  const auto file = values::GgufFile::open(make(shape_by_name("tiny").value(), DType::kQ8_0)).value();
  const auto tokenizer = read_tokenizer(file).value();
  const std::string text = "Hello, wörld! 123\n\xff";
  EXPECT_EQ(tokenizer->vocab_size(), 320);
  EXPECT_EQ(tokenizer->decode(tokenizer->encode(text, {})), text);
  EXPECT_EQ(tokenizer->find_special("<|im_end|>"), 2);
  EXPECT_TRUE(tokenizer->is_end(2));
}

TEST_F(Synth, WeightsAreSpreadAsDocumented) {
  const auto model = Model::open(make(shape_by_name("tiny").value(), DType::kF32)).value();
  const auto deviation = [](const values::TensorView& view) {
    double sum = 0, squares = 0;
    std::vector<float> row(static_cast<std::size_t>(view.row_elements()));
    for (std::int64_t r = 0; r < view.rows(); ++r) {
      values::decode_row(view.dtype, view.row(r), row);
      for (const float x : row) sum += x, squares += double{x} * x;
    }
    const double n = static_cast<double>(view.shape.elements());
    EXPECT_NEAR(sum / n, 0.0, 4 * std::sqrt(squares / n / n));  // four standard errors
    return std::sqrt(squares / n);
  };
  EXPECT_NEAR(deviation(model.weights.layers[0].attn_q), 1.0 / 16, 0.001);
  EXPECT_NEAR(deviation(model.weights.layers[0].ffn_down), 1.0 / std::sqrt(512.0), 0.001);
  EXPECT_NEAR(deviation(model.weights.token_embd), 2.0 / 16, 0.002);
  std::vector<float> norm(256);
  values::decode_row(DType::kF32, model.weights.output_norm.row(0), norm);
  for (const float x : norm) EXPECT_NEAR(x, 1.0f, 0.1f);
}

TEST_F(Synth, FallsBackWhereABlockDoesNotFitTheRow) {
  EXPECT_EQ(fitting_dtype(DType::kQ4_K, 512), DType::kQ4_K);
  EXPECT_EQ(fitting_dtype(DType::kQ4_K, 576), DType::kQ5_0);
  EXPECT_EQ(fitting_dtype(DType::kQ5_K, 576), DType::kQ5_1);
  EXPECT_EQ(fitting_dtype(DType::kQ6_K, 576), DType::kQ8_0);
  EXPECT_EQ(fitting_dtype(DType::kQ4_0, 40), DType::kF16);
  EXPECT_EQ(fitting_dtype(DType::kQ6_K, 40), DType::kF16);
  EXPECT_EQ(fitting_dtype(DType::kF32, 7), DType::kF32);
}

TEST_F(Synth, RefusesWhatItCannotMake) {
  EXPECT_THAT(shape_by_name("smolm2-135m").error().message,
              ::testing::HasSubstr("did you mean 'smollm2-135m'?"));
  SynthShape shape = shape_by_name("tiny").value();
  const auto path = folder_.path() / "x.gguf";
  EXPECT_EQ(synthesise(shape, DType::kI32, 1, path).error().code, ErrorCode::kInvalidArgument);
  shape.vocab = 259;
  EXPECT_EQ(synthesise(shape, DType::kF32, 1, path).error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace assay::model
