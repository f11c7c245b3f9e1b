// SPDX-License-Identifier: Apache-2.0
// What all backends promise: the same answers however the tokens are dealt out, caches that can be handed
// from one to the other, and refusals that change nothing.
#include "engine/backend.h"

#include <gtest/gtest.h>

#include <array>

#include "base/testing/test_data.h"
#include "engine/layer_check.h"
#include "engine/logits_distance.h"
#include "engine/testing/models.h"

namespace assay::engine {
namespace {

using model::TokenId;
using testing::logits_of;

// Float rounding in two layers of width 256: 1e-6 for each step, and activations near the border between two
// of their 8-bit values may fall on either side of it. Measured: at most 0.0035 between variants and batches.
constexpr double kRounding = 0.01;

struct Kind {
  std::string name;
  bool is_reference;
  CpuOptions options;
};

std::vector<Kind> kinds() {
  std::vector<Kind> all{{"reference_backend", true, {}}};
  for (const device::Isa isa : {device::Isa::kReference, device::Isa::kAvx2, device::Isa::kAvx512Vnni})
    for (const int threads : {1, 2, 3})
      if (device::is_available(isa))
        all.push_back({fmt::format("cpu_{}_{}_threads", device::isa_name(isa), threads),
                       false,
                       {.threads = threads, .isa = isa}});
  return all;
}

class EveryBackend : public ::testing::TestWithParam<Kind> {
 protected:
  static std::unique_ptr<Backend> ready(const model::Model& model, std::int64_t max_batch = 64,
                                        std::int64_t max_context = 128) {
    return GetParam().is_reference ? testing::ready_reference(model, max_batch, max_context)
                                   : testing::ready_cpu(model, GetParam().options, max_batch, max_context);
  }
};
INSTANTIATE_TEST_SUITE_P(Engine, EveryBackend, ::testing::ValuesIn(kinds()),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(EveryBackend, GivesTheSameLogitsHoweverTokensAreDealtOut) {
  const model::Model model = testing::tiny_model();
  const auto tokens = testing::some_tokens(37, model.config.vocab);
  const auto backend = ready(model);
  const std::vector<float> singles = logits_of(*backend, model, tokens, 1);
  for (const std::size_t batch : {2, 7, 16, 17, 36, 37}) {
    const LogitsDistance distance =
        logits_distance(singles, logits_of(*backend, model, tokens, batch), model.config.vocab);
    EXPECT_TRUE(distance.within(kRounding)) << "first " << batch << " at once: " << distance.relative_rms;
    EXPECT_EQ(distance.wrong_argmax, 0);
  }
}

TEST_P(EveryBackend, ProcessesMoreTokensThanItIsPreparedForInPieces) {
  const model::Model model = testing::tiny_model();
  const auto tokens = testing::some_tokens(23, model.config.vocab);
  const std::vector<float> whole = logits_of(*ready(model, 64), model, tokens, 23);
  const std::vector<float> pieces = logits_of(*ready(model, 5), model, tokens, 23);
  EXPECT_TRUE(logits_distance(whole, pieces, model.config.vocab).within(kRounding));
}

TEST_P(EveryBackend, GivesLogitsOfTheLastTokenOrOfNone) {
  const model::Model model = testing::tiny_model();
  const auto tokens = testing::some_tokens(12, model.config.vocab);
  const auto vocab = static_cast<std::size_t>(model.config.vocab);
  for (const std::int64_t max_batch : {64, 5}) {
    const auto backend = ready(model, max_batch);
    const std::vector<float> all = logits_of(*backend, model, tokens, 12);
    KvCache cache = KvCache::create(model.config, 20).value();
    std::vector<float> last(vocab);
    ASSERT_TRUE(backend->forward(tokens, cache, LogitsFor::kLast, last).has_value());
    EXPECT_EQ(cache.length, 12);
    EXPECT_TRUE(logits_distance(std::span(all).last(vocab), last, model.config.vocab).within(kRounding));

    cache.length = 0;
    ASSERT_TRUE(backend->forward(std::span(tokens).first(11), cache, LogitsFor::kNone, {}).has_value());
    ASSERT_TRUE(backend->forward(std::span(tokens).last(1), cache, LogitsFor::kLast, last).has_value());
    EXPECT_TRUE(logits_distance(std::span(all).last(vocab), last, model.config.vocab).within(kRounding));
  }
}

TEST_P(EveryBackend, IsCloseToTheReferenceAtEveryPosition) {
  const model::Model model = testing::tiny_model();
  const auto tokens = testing::some_tokens(40, model.config.vocab);
  const auto expected = logits_of(*testing::ready_reference(model), model, tokens, 40);
  const LogitsDistance distance =
      logits_distance(expected, logits_of(*ready(model), model, tokens, 20), model.config.vocab);
  // Random weights carry the rounding of activations on without amplifying it: 2.0 % measured.
  EXPECT_LE(distance.worst_row, 0.03);
  EXPECT_EQ(distance.wrong_argmax, 0);
}

TEST_P(EveryBackend, ComputesFloatWeightsAlmostExactly) {
  const model::Model model = testing::tiny_model(values::DType::kF32);
  const auto tokens = testing::some_tokens(20, model.config.vocab);
  const auto expected = logits_of(*testing::ready_reference(model), model, tokens, 20);
  const LogitsDistance distance =
      logits_distance(expected, logits_of(*ready(model), model, tokens, 10), model.config.vocab);
  // Keys and values near the border between two f16 values may be stored as either: 2^-11 of some elements.
  EXPECT_LE(distance.worst_row, 2e-4) << "5.7e-5 was measured";
}

TEST_P(EveryBackend, GoesOnWithTheCacheOfAnother) {
  const model::Model model = testing::tiny_model();
  const auto tokens = testing::some_tokens(30, model.config.vocab);
  const auto other = testing::ready_reference(model);
  const auto backend = ready(model);
  for (const bool other_first : {true, false}) {
    Backend& first = other_first ? *other : *backend;
    Backend& second = other_first ? *backend : *other;
    KvCache cache = KvCache::create(model.config, 30).value();
    KvCache own = cache;
    (void)logits_of(first, model, cache, std::span(tokens).first(20), 20);
    (void)logits_of(second, model, own, std::span(tokens).first(20), 20);
    const auto from_other = logits_of(second, model, cache, std::span(tokens).last(10), 1);
    const auto from_own = logits_of(second, model, own, std::span(tokens).last(10), 1);
    EXPECT_TRUE(logits_distance(from_own, from_other, model.config.vocab).within(0.03));
  }
}

TEST_P(EveryBackend, RepeatsItsBits) {
  const model::Model model = testing::tiny_model();
  const auto tokens = testing::some_tokens(33, model.config.vocab);
  const auto backend = ready(model);
  const auto once = logits_of(*backend, model, tokens, 20);
  EXPECT_EQ(once, logits_of(*backend, model, tokens, 20));
  EXPECT_EQ(once, logits_of(*ready(model), model, tokens, 20));
}

TEST_P(EveryBackend, RefusesWhatItCannotDoAndLeavesTheCacheAsItWas) {
  const model::Model model = testing::tiny_model();
  const auto backend = ready(model, 8, 16);
  const auto vocab = static_cast<std::size_t>(model.config.vocab);
  KvCache cache = KvCache::create(model.config, 10).value();
  std::vector<float> logits(vocab);
  ASSERT_TRUE(backend->forward(std::array<TokenId, 8>{}, cache, LogitsFor::kLast, logits).has_value());
  const KvCache before = cache;

  const auto message = [&](std::vector<TokenId> tokens, LogitsFor wanted, std::size_t floats, KvCache& used) {
    std::vector<float> buffer(floats);
    const auto result = backend->forward(tokens, used, wanted, buffer);
    if (result.has_value()) return std::string("no error");
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
    return result.error().message;
  };
  using enum LogitsFor;
  EXPECT_EQ(message({}, kNone, 0, cache), "forward: no tokens given, expected at least one");
  EXPECT_EQ(message({1, 2, 3}, kLast, vocab, cache),
            "forward: 3 tokens do not fit in the cache, 8 of its 10 positions are filled");
  EXPECT_EQ(message({-1}, kLast, vocab, cache), "forward: token -1 is outside the vocabulary of 320");
  EXPECT_EQ(message({5, 320}, kLast, vocab, cache), "forward: token 320 is outside the vocabulary of 320");
  EXPECT_EQ(message({1, 2}, kAll, vocab, cache),
            "forward: the buffer for logits has 320 floats, expected 2 x 320");
  EXPECT_EQ(message({1}, kNone, 1, cache), "forward: the buffer for logits has 1 floats, expected 0 x 320");
  EXPECT_EQ(cache.length, before.length);
  EXPECT_EQ(cache.keys, before.keys);
  EXPECT_EQ(cache.values, before.values);

  KvCache longer = KvCache::create(model.config, 20).value();
  longer.length = 16;
  EXPECT_EQ(message({1}, kNone, 0, longer), "forward: position 16 is past the prepared context of 16");
  model::Config other = model.config;
  other.layers += 1;
  KvCache foreign = KvCache::create(other, 10).value();
  EXPECT_EQ(message({1}, kNone, 0, foreign),
            "forward: the cache is shaped 3x2x32 (layers, kv_heads, head_dim), the model 2x2x32");
}

TEST_P(EveryBackend, RefusesBatchesAndContextsOutOfRange) {
  const model::Model model = testing::tiny_model();
  const auto backend = ready(model);
  for (const auto& [batch, context] :
       {std::pair<std::int64_t, std::int64_t>{0, 8}, {-1, 8}, {65537, 8}, {8, 0}, {8, (1 << 20) + 1}}) {
    const auto result = backend->prepare(batch, context);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST_P(EveryBackend, ComputesEachLayerAlone) {
  const model::Model model = testing::tiny_model();
  for (std::int64_t layer = 0; layer < model.config.layers; ++layer) {
    const auto backend = ready(model);
    const auto check = check_layer(model, layer, *backend, 1);
    ASSERT_TRUE(check.has_value()) << check.error().message;
    EXPECT_LE(check->ratio(), 0.5) << "0.14 was measured";
  }
}

TEST_P(EveryBackend, FollowsTheReferenceOnATrainedModel) {
  ASSAY_NEED_DATA(bin, "stories260K.bin");
  const model::Model model = testing::stories_model(bin);
  const auto tokens = testing::some_tokens(60, model.config.vocab);
  const auto expected = logits_of(*testing::ready_reference(model), model, tokens, 60);
  for (const std::size_t batch : {1, 31, 60}) {
    const LogitsDistance distance =
        logits_distance(expected, logits_of(*ready(model), model, tokens, batch), model.config.vocab);
    EXPECT_LE(distance.worst_row, 1e-4) << "1.2e-5 was measured; batch " << batch;
    EXPECT_EQ(distance.wrong_argmax, 0);
  }
}

}  // namespace
}  // namespace assay::engine
