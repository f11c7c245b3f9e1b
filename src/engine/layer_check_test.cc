// SPDX-License-Identifier: Apache-2.0
// That the two checkers see planted errors, on the small synthetic model and on the real one.
#include "engine/layer_check.h"

#include <gtest/gtest.h>

#include "base/testing/test_data.h"
#include "engine/testing/models.h"

namespace assay::engine {
namespace {

using model::LayerWeights;
using testing::SpoiledModel;

constexpr std::string_view kRealModel = "SmolLM2-135M-Instruct.Q4_1.gguf";
constexpr std::string_view kText =
    "The sun is a star at the centre of the solar system. It is a nearly perfect ball of hot plasma, heated "
    "by nuclear "
    "reactions in its core, and it is by far the most important source of energy for life on Earth.";

// The good model goes through the reference, the spoiled one through the backend.
LayerCheck checked(const model::Model& good, const model::Model& spoiled, std::int64_t layer) {
  const auto backend = make_cpu_backend({.threads = 2}).value();
  return check_layer(good, layer, *backend, 1, &spoiled).value();
}

struct Planted {
  std::string name;
  std::function<void(SpoiledModel&, std::size_t layer)> spoil;
};

std::vector<Planted> planted_errors() {
  const auto drop = [](values::TensorView LayerWeights::*matrix) {
    return [matrix](SpoiledModel& spoiled, std::size_t layer) { spoiled.drop_last_rows(matrix, layer, 8); };
  };
  return {{"layer skipped", [](SpoiledModel& spoiled, std::size_t layer) { spoiled.skip_layer(layer); }},
          {"key heads exchanged",
           [](SpoiledModel& spoiled, std::size_t layer) { spoiled.exchange_key_heads(layer); }},
          {"last rows of attn_q", drop(&LayerWeights::attn_q)},
          {"last rows of attn_k", drop(&LayerWeights::attn_k)},
          {"last rows of attn_v", drop(&LayerWeights::attn_v)},
          {"last rows of attn_output", drop(&LayerWeights::attn_output)},
          {"last rows of ffn_gate", drop(&LayerWeights::ffn_gate)},
          {"last rows of ffn_up", drop(&LayerWeights::ffn_up)},
          {"last rows of ffn_down", drop(&LayerWeights::ffn_down)}};
}

void expect_planted_errors_to_show(const model::Model& model, std::size_t layer) {
  const auto index = static_cast<std::int64_t>(layer);
  const LayerCheck honest = checked(model, model, index);
  EXPECT_TRUE(honest.passes()) << "layer " << layer << ": " << honest.ratio();
  for (const Planted& planted : planted_errors()) {
    SpoiledModel spoiled(model);
    planted.spoil(spoiled, layer);
    const LayerCheck check = checked(model, spoiled.model, index);
    EXPECT_FALSE(check.passes()) << planted.name << " in layer " << layer << ": " << check.ratio();
  }
}

TEST(LayerCheck, ShowsPlantedErrorsInASyntheticModel) {
  const model::Model model = testing::tiny_model();
  for (std::size_t layer = 0; layer < model.weights.layers.size(); ++layer)
    expect_planted_errors_to_show(model, layer);
}

TEST(LayerCheck, ShowsPlantedErrorsInTheRealModel) {
  ASSAY_NEED_MODEL(path, kRealModel);
  const model::Model model = model::Model::open(path).value();
  for (const std::size_t layer : {0, 15}) expect_planted_errors_to_show(model, layer);
}

TEST(LayerCheck, PassesEveryLayerOfTheRealModel) {
  ASSAY_NEED_MODEL(path, kRealModel);
  const model::Model model = model::Model::open(path).value();
  for (std::int64_t layer = 0; layer < model.config.layers; ++layer) {
    const LayerCheck check = checked(model, model, layer);
    EXPECT_TRUE(check.passes()) << "layer " << layer << ": " << check.ratio();
  }
}

TEST(LayerCheck, TakesOneLayerAndTheFirstWordsOnly) {
  const model::Model model = testing::tiny_model();
  const model::Model one = one_layer_of(model, 1, 100);
  EXPECT_EQ(one.config.layers, 1);
  EXPECT_EQ(one.config.vocab, 100);
  EXPECT_EQ(one.weights.token_embd.rows(), 100);
  EXPECT_EQ(one.weights.layers[0].attn_q.bytes.data(), model.weights.layers[1].attn_q.bytes.data());
  EXPECT_EQ(one_layer_of(model, 0, 1000).config.vocab, model.config.vocab);
}

// The real model as a whole, on a text: 32 tokens at once and 8 single ones.
class WholeRealModel : public ::testing::Test {
 protected:
  static constexpr std::size_t kPrompt = 32, kTokens = 40;

  void SetUp() override {
    ASSAY_NEED_MODEL(path, kRealModel);
    model_ = model::Model::open(path).value();
    tokens_ = model::read_tokenizer(*model_.file).value()->encode(kText, {});
    ASSERT_GE(tokens_.size(), kTokens);
    tokens_.resize(kTokens);
    reference_cache_ = KvCache::create(model_.config, kTokens).value();
    expected_ =
        testing::logits_of(*testing::ready_reference(model_), model_, reference_cache_, tokens_, kTokens);
  }

  LogitsDistance distance_of(const model::Model& model) const {
    const auto backend = testing::ready_cpu(model, {.threads = 2});
    return logits_distance(expected_, testing::logits_of(*backend, model, tokens_, kPrompt),
                           model.config.vocab);
  }

  model::Model model_;
  std::vector<model::TokenId> tokens_;
  KvCache reference_cache_;
  std::vector<float> expected_;
};

TEST_F(WholeRealModel, IsWithinTheBound) {
  const LogitsDistance distance = distance_of(model_);
  EXPECT_LE(distance.relative_rms, kWholeModelBound) << "was 0.054 when this test was written";
  EXPECT_LE(distance.worst_row, kSingleRowBound) << "was 0.134 when this test was written";
  EXPECT_EQ(distance.wrong_argmax, 0);
}

TEST_F(WholeRealModel, IsOutsideTheBoundWithALayerSkippedOrKeyHeadsExchanged) {
  for (const std::size_t layer : {2, 15, 28}) {
    SpoiledModel skipped(model_), exchanged(model_);
    skipped.skip_layer(layer);
    EXPECT_FALSE(distance_of(skipped.model).within(kWholeModelBound)) << "layer " << layer << " skipped";
    exchanged.exchange_key_heads(layer);
    EXPECT_FALSE(distance_of(exchanged.model).within(kWholeModelBound)) << "key heads of layer " << layer;
  }
}

// Eight single steps after the reference's own cache: right, and with queries one position too far.
TEST_F(WholeRealModel, IsOutsideTheBoundWithRotationsOnePositionOff) {
  const auto backend = testing::ready_cpu(model_, {.threads = 2});
  const auto vocab = static_cast<std::size_t>(model_.config.vocab);
  const auto distance = [&](bool spoil) {
    std::vector<float> got;
    for (std::size_t i = kPrompt; i < kTokens; ++i) {
      KvCache cache = reference_cache_;
      cache.length = static_cast<std::int64_t>(i);
      if (spoil) testing::rotate_keys_by_one(cache, model_.config);
      const auto row = testing::logits_of(*backend, model_, cache, std::span(tokens_).subspan(i, 1), 1);
      got.insert(got.end(), row.begin(), row.end());
    }
    return logits_distance(std::span(expected_).subspan(kPrompt * vocab), got, model_.config.vocab);
  };
  EXPECT_TRUE(distance(false).within(kWholeModelBound));
  EXPECT_FALSE(distance(true).within(kWholeModelBound));
}

}  // namespace
}  // namespace assay::engine
