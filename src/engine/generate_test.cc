// SPDX-License-Identifier: Apache-2.0
#include "engine/generate.h"

#include <gtest/gtest.h>

#include "base/testing/test_data.h"
#include "engine/testing/models.h"

namespace assay::engine {
namespace {

using model::TokenId;

// Tokens 0 .. 9; 3 ends a turn; 4 and 5 are the two halves of "é".
class ScriptedTokenizer final : public model::Tokenizer {
 public:
  std::vector<TokenId> encode(std::string_view, model::EncodeOptions) const override { return {}; }
  std::string_view piece(TokenId id) const override {
    constexpr std::string_view kPieces[10] = {"a", "b", "c", "", "\xC3", "\xA9", "g", "h", "i", "j"};
    return kPieces[id];
  }
  std::int64_t vocab_size() const override { return 10; }
  std::optional<TokenId> bos() const override { return std::nullopt; }
  std::optional<TokenId> eos() const override { return 3; }
  bool is_end(TokenId id) const override { return id == 3; }
  std::optional<TokenId> find_special(std::string_view) const override { return std::nullopt; }
};

// Says the tokens of a script, whatever it is fed. Its vocabulary is padded with two rows that always score
// highest.
class ScriptedBackend final : public Backend {
 public:
  explicit ScriptedBackend(std::vector<TokenId> script) : script_(std::move(script)) {}
  Result<void> upload(const model::Model&) override { return {}; }
  Result<void> prepare(std::int64_t, std::int64_t) override { return {}; }
  Result<void> forward(std::span<const TokenId> tokens, KvCache& cache, LogitsFor wanted,
                       std::span<float> logits) override {
    fed.insert(fed.end(), tokens.begin(), tokens.end());
    largest_batch = std::max(largest_batch, tokens.size());
    cache.length += static_cast<std::int64_t>(tokens.size());
    if (wanted == LogitsFor::kNone) return {};
    std::fill(logits.begin(), logits.end(), 0.0f);
    logits[10] = logits[11] = 9.0f;
    logits[static_cast<std::size_t>(script_[next_++])] = 5.0f;
    if (stop_when_spoken != nullptr && next_ == 3) stop_when_spoken->store(true);
    return {};
  }
  std::string description() const override { return "scripted"; }
  ActivationType activations() const override { return ActivationType::kFloat; }
  std::vector<std::string> variants_used() const override { return {}; }

  std::vector<TokenId> fed;
  std::size_t largest_batch = 0;
  std::atomic<bool>* stop_when_spoken = nullptr;

 private:
  std::vector<TokenId> script_;
  std::size_t next_ = 0;
};

struct Outcome {
  Result<Generation> result;
  std::vector<std::string> pieces;
  std::string text;
};

model::Config small_config() {
  model::Config config;
  config.layers = config.kv_heads = config.heads = config.head_dim = 1;
  config.vocab = 12;
  return config;
}

Outcome run(ScriptedBackend& backend, const GenerateOptions& options, std::vector<TokenId> prompt = {1, 2},
            std::int64_t capacity = 1000) {
  KvCache cache = KvCache::create(small_config(), capacity).value();
  std::vector<std::string> pieces;
  auto result = generate(backend, small_config(), ScriptedTokenizer(), cache, prompt, options,
                         [&](std::string_view text) { pieces.emplace_back(text); });
  std::string joined;
  for (const std::string& piece : pieces) joined += piece;
  return {std::move(result), pieces, joined};
}

TEST(Generate, StopsAtAnEndTokenWithoutSayingIt) {
  ScriptedBackend backend({0, 1, 3, 2});
  const Outcome outcome = run(backend, {});
  EXPECT_EQ(outcome.result->reason, StopReason::kEndToken);
  EXPECT_EQ(outcome.result->tokens, (std::vector<TokenId>{0, 1}));
  EXPECT_EQ(outcome.text, "ab");
  EXPECT_EQ(backend.fed, (std::vector<TokenId>{1, 2, 0, 1}));
}

TEST(Generate, SaysNoMoreThanMaxTokens) {
  ScriptedBackend backend({0, 1, 2, 6});
  const Outcome outcome = run(backend, {.max_tokens = 3});
  EXPECT_EQ(outcome.result->reason, StopReason::kMaxTokens);
  EXPECT_EQ(outcome.text, "abc");
  EXPECT_EQ(backend.fed.size(), 4u);  // the last token need not be fed
  ScriptedBackend silent({0});
  EXPECT_EQ(run(silent, {.max_tokens = 0}).text, "");
}

TEST(Generate, EndsWhenTheContextIsFull) {
  ScriptedBackend backend({0, 1, 2, 6, 7, 8});
  const Outcome outcome = run(backend, {}, {1, 2}, 4);
  EXPECT_EQ(outcome.result->reason, StopReason::kContextFull);
  EXPECT_EQ(outcome.text, "abc");  // positions 2 and 3 were fed; a third token needs no position
}

TEST(Generate, HoldsBackHalfACharacter) {
  ScriptedBackend backend({0, 4, 5, 3});
  EXPECT_EQ(run(backend, {}).pieces, (std::vector<std::string>{"a", "\xC3\xA9"}));
  ScriptedBackend cut({0, 4, 3});
  EXPECT_EQ(run(cut, {}).text, "a\xEF\xBF\xBD");
}

TEST(Generate, StopsWhenAskedTo) {
  std::atomic<bool> stop{false};
  ScriptedBackend backend({0, 1, 2, 6, 7, 8});
  backend.stop_when_spoken = &stop;
  const Outcome outcome = run(backend, {.stop = &stop});
  EXPECT_EQ(outcome.result->reason, StopReason::kStopped);
  EXPECT_EQ(outcome.text, "ab");
}

TEST(Generate, FeedsALongPromptInPiecesAndInOrder) {
  std::vector<TokenId> prompt(600);
  for (std::size_t i = 0; i < prompt.size(); ++i) prompt[i] = static_cast<TokenId>(i % 7);
  ScriptedBackend backend({3});
  EXPECT_TRUE(run(backend, {}, prompt).result.has_value());
  EXPECT_EQ(backend.fed, prompt);
  EXPECT_EQ(backend.largest_batch, 256u);
}

TEST(Generate, RefusesPromptsAndOptionsThatCannotWork) {
  ScriptedBackend backend({0});
  for (const Outcome& outcome :
       {run(backend, {}, {}), run(backend, {}, {1, 2, 3}, 2), run(backend, {.max_tokens = -1}),
        run(backend, {.sampling = {.temperature = -1.0f}})}) {
    ASSERT_FALSE(outcome.result.has_value());
    EXPECT_EQ(outcome.result.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(backend.fed.empty());
}

// The text of shared/data/README.md, which llama2.c gives for this model.
constexpr std::string_view kStory =
    " was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. "
    "She wanted "
    "to play with it, but she didn't want to play with";

std::string continue_zoo(Backend& backend, const model::Model& model) {
  const auto tokenizer = model::read_tokenizer(*model.file);
  const auto prompt = (*tokenizer)->encode("Zoo", {.add_special = true});
  EXPECT_EQ(prompt, (std::vector<TokenId>{1, 410, 469, 347}));
  KvCache cache = KvCache::create(model.config, 128).value();
  std::string text;
  const auto result = generate(backend, model.config, **tokenizer, cache, prompt, {.max_tokens = 100},
                               [&](std::string_view piece) { text += piece; });
  EXPECT_TRUE(result.has_value());
  return text.substr(0, kStory.size());
}

TEST(Generate, ContinuesStories260KAsLlama2cDoes) {
  ASSAY_NEED_DATA(bin, "stories260K.bin");
  const model::Model model = testing::stories_model(bin);
  EXPECT_EQ(continue_zoo(*testing::ready_reference(model), model), kStory);
  for (const int threads : {1, 2, 3})
    EXPECT_EQ(continue_zoo(*testing::ready_cpu(model, {.threads = threads}), model), kStory)
        << threads << " threads";
}

}  // namespace
}  // namespace assay::engine
