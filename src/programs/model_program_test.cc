// SPDX-License-Identifier: Apache-2.0
#include "programs/model_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "programs/model_reference.h"
#include "values/blocks.h"

namespace assay::programs {
namespace {

constexpr std::int64_t kVocab = 97;

model::Model small_model() {
  model::Model model;
  model.config.name = "small";
  model.config.architecture = "llama";
  model.config.layers = 2;
  model.config.hidden = 16;
  model.config.ffn = 24;
  model.config.heads = 4;
  model.config.kv_heads = 2;
  model.config.head_dim = 4;
  model.config.vocab = kVocab;
  model.config.context = 160;
  const auto matrix = [](std::int64_t rows, std::int64_t cols) {
    return values::TensorView{values::DType::kF16, {rows, cols}, {}};
  };
  model.weights.output = matrix(kVocab, 16);
  model.weights.token_embd = model.weights.output;
  model.weights.tied = true;
  model::LayerWeights layer;
  layer.attn_q = layer.attn_output = matrix(16, 16);
  layer.attn_k = layer.attn_v = matrix(8, 16);
  layer.ffn_gate = layer.ffn_up = matrix(24, 16);
  layer.ffn_down = matrix(16, 24);
  model.weights.layers.assign(2, layer);
  return model;
}

class CountingTokenizer final : public model::Tokenizer {
 public:
  std::vector<model::TokenId> encode(std::string_view, model::EncodeOptions) const override {
    std::vector<model::TokenId> ids(50);
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<model::TokenId>((7 * i + 3) % kVocab);
    return ids;
  }
  std::string_view piece(model::TokenId) const override { return "x"; }
  std::int64_t vocab_size() const override { return kVocab; }
  std::optional<model::TokenId> bos() const override { return {}; }
  std::optional<model::TokenId> eos() const override { return {}; }
  bool is_end(model::TokenId) const override { return false; }
  std::optional<model::TokenId> find_special(std::string_view) const override { return {}; }
};

// How a backend may lie.
enum class Lie {
  kNone,
  kSkipsTheWork,         // leaves the logits as they were
  kSkipsTheCache,        // leaves the new cache rows as they were
  kForgetsThePrompt,     // looks at the last position alone
  kWrongAfterPosition64  // right where a shallow check looks
};

// A "model" whose logits depend on every token seen, through the cache.
class ToyBackend final : public engine::Backend {
 public:
  explicit ToyBackend(Lie lie = Lie::kNone) : lie_(lie) {}
  Result<void> upload(const model::Model&) override { return {}; }
  Result<void> prepare(std::int64_t, std::int64_t) override { return {}; }
  Result<void> forward(std::span<const model::TokenId> tokens, engine::KvCache& cache,
                       engine::LogitsFor wanted, std::span<float> logits) override {
    for (const model::TokenId token : tokens) {
      if (lie_ != Lie::kSkipsTheCache) write_rows(token, cache);
      ++cache.length;
    }
    if (wanted == engine::LogitsFor::kLast && lie_ != Lie::kSkipsTheWork) write_logits(cache, logits);
    return {};
  }
  std::string description() const override { return "toy"; }
  engine::ActivationType activations() const override { return engine::ActivationType::kFloat; }
  std::vector<std::string> variants_used() const override { return {}; }

 private:
  static void write_rows(model::TokenId token, engine::KvCache& cache) {
    for (std::int64_t layer = 0; layer < cache.layers; ++layer) {
      for (std::int64_t head = 0; head < cache.kv_heads; ++head) {
        for (std::int64_t i = 0; i < cache.head_dim; ++i) {
          const double x = std::sin(0.37 * static_cast<double>(token + 11 * layer + 5 * head + 3 * i + 1));
          cache.key_row(layer, head, cache.length)[i] = values::f32_to_f16(static_cast<float>(x));
          cache.value_row(layer, head, cache.length)[i] = values::f32_to_f16(static_cast<float>(1 - x));
        }
      }
    }
  }
  void write_logits(const engine::KvCache& cache, std::span<float> logits) const {
    double sum = 0;
    const std::int64_t first = lie_ == Lie::kForgetsThePrompt ? cache.length - 1 : 0;
    for (std::int64_t p = first; p < cache.length; ++p) {
      sum += static_cast<double>(p + 1) * values::f16_to_f32(cache.key_row(1, 1, p)[2]);
    }
    if (lie_ == Lie::kWrongAfterPosition64 && cache.length > 64) sum += 40;
    for (std::size_t i = 0; i < logits.size(); ++i) {
      logits[i] = static_cast<float>(4 * std::sin(0.11 * sum + 0.73 * static_cast<double>(i)));
    }
  }
  Lie lie_;
};

// Takes `calls` checked calls of the case `entry` at `length`, as the sampler would.
measure::OutputEvidence checked_calls(Lie lie, const std::string& entry, std::int64_t length, int calls = 3) {
  const model::Model model = small_model();
  const CountingTokenizer tokenizer;
  auto program = make_model_program("small", model, tokenizer, 1, std::make_unique<ToyBackend>(lie),
                                    std::make_unique<ToyBackend>(), {{32, 100}, {32, 100}});
  EXPECT_TRUE(program);
  measure::OutputEvidence evidence;
  for (const suite::Case& c : (*program)->cases()) {
    if (c.entry != "small/" + entry || c.axes[0].value != std::to_string(length)) continue;
    auto runner = (*program)->make_runner(c);
    EXPECT_TRUE(runner);
    for (int i = 0; i < calls; ++i) {
      EXPECT_TRUE((*runner)->restore());
      (*runner)->poison();
      EXPECT_TRUE((*runner)->call());
      EXPECT_TRUE((*runner)->check(evidence));
    }
  }
  EXPECT_EQ(evidence.calls_checked, calls);
  return evidence;
}

TEST(ModelProgram, NamesOnlyWhatFitsTheContext) {
  const model::Model model = small_model();
  const CountingTokenizer tokenizer;
  auto program = make_model_program("small", model, tokenizer, 1, std::make_unique<ToyBackend>(),
                                    std::make_unique<ToyBackend>(), {});
  ASSERT_TRUE(program);
  std::vector<std::string> ids;
  for (const auto& c : (*program)->cases()) ids.push_back(c.id());
  EXPECT_EQ(ids, (std::vector<std::string>{"small/decode depth=32", "small/decode depth=128",
                                           "small/prefill prompt=32", "small/prefill prompt=128"}));
}

TEST(ModelProgram, RefusesAModelWithoutRoomForTheCheck) {
  model::Model model = small_model();
  model.config.context = 39;
  const CountingTokenizer tokenizer;
  const auto program = make_model_program("small", model, tokenizer, 1, std::make_unique<ToyBackend>(),
                                          std::make_unique<ToyBackend>(), {});
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().code, ErrorCode::kInvalidArgument);
}

struct Place {
  const char* entry;
  std::int64_t length;
};
class ModelProgramAt : public ::testing::TestWithParam<Place> {};
INSTANTIATE_TEST_SUITE_P(EntriesAndLengths, ModelProgramAt,
                         ::testing::Values(Place{"prefill", 32}, Place{"prefill", 100}, Place{"decode", 32},
                                           Place{"decode", 100}));

TEST_P(ModelProgramAt, AcceptsAnHonestBackend) {
  const auto evidence = checked_calls(Lie::kNone, GetParam().entry, GetParam().length, 20);
  EXPECT_EQ(evidence.calls_wrong, 0) << evidence.worst_place;
  EXPECT_LE(evidence.worst_error, 0.01);
  EXPECT_TRUE(evidence.has_reference);
  EXPECT_TRUE(evidence.checker_can_fail);
}

TEST_P(ModelProgramAt, CatchesABackendThatSkipsTheWork) {
  EXPECT_EQ(checked_calls(Lie::kSkipsTheWork, GetParam().entry, GetParam().length).calls_wrong, 3);
}

TEST_P(ModelProgramAt, CatchesABackendThatSkipsTheCache) {
  EXPECT_GT(checked_calls(Lie::kSkipsTheCache, GetParam().entry, GetParam().length).calls_wrong, 0);
}

TEST_P(ModelProgramAt, CatchesABackendThatForgetsThePrompt) {
  EXPECT_EQ(checked_calls(Lie::kForgetsThePrompt, GetParam().entry, GetParam().length).calls_wrong, 3);
}

TEST(ModelProgram, CatchesABackendThatIsWrongAtDepthOnly) {
  EXPECT_EQ(checked_calls(Lie::kWrongAfterPosition64, "decode", 32).calls_wrong, 0);
  EXPECT_EQ(checked_calls(Lie::kWrongAfterPosition64, "decode", 100).calls_wrong, 3);
  EXPECT_EQ(checked_calls(Lie::kWrongAfterPosition64, "prefill", 100).calls_wrong, 3);
}

TEST(ModelWork, CountsEveryMatrixOnceAndTheCache) {
  const model::Model model = small_model();
  // 2 layers of 2*16*16 + 2*8*16 + 3*24*16 elements, and a head of 97*16.
  const std::int64_t blocks = 2 * (512 + 256 + 1152);
  const std::int64_t head = kVocab * 16;
  EXPECT_EQ(decode_work(model, 10).flops.count, 2 * (blocks + head) + 4 * 2 * 4 * 4 * 11);
  EXPECT_EQ(prefill_work(model, 3).flops.count, 2 * (3 * blocks + head) + 4 * 2 * 4 * 4 * (1 + 2 + 3));
  EXPECT_EQ(decode_work(model, 10).bytes_read.count - decode_work(model, 0).bytes_read.count,
            10 * 2 * 2 * 4 * 2 * 2);
  EXPECT_EQ(prefill_work(model, 3).items, 3);
  EXPECT_EQ(decode_work(model, 3).items, 1);
}

}  // namespace
}  // namespace assay::programs
