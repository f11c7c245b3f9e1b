// SPDX-License-Identifier: Apache-2.0
#include "engine/generate.h"

#include <algorithm>

namespace assay::engine {
namespace {

// The prompt goes in pieces, so that a wish to stop is heard between them.
constexpr std::size_t kPromptPiece = 256;

bool wants_to_stop(const GenerateOptions& options) {
  return options.stop != nullptr && options.stop->load(std::memory_order_relaxed);
}

}  // namespace

Result<Generation> generate(Backend& backend, const model::Config& config, const model::Tokenizer& tokenizer,
                            KvCache& cache, std::span<const model::TokenId> prompt,
                            const GenerateOptions& options,
                            const std::function<void(std::string_view)>& on_text) {
  if (options.max_tokens < 0)
    return fail(ErrorCode::kInvalidArgument, "max tokens: expected 0 or more, got {}", options.max_tokens);
  if (prompt.empty())
    return fail(ErrorCode::kInvalidArgument, "generate: the prompt has no tokens, expected at least one");
  if (cache.length + static_cast<std::int64_t>(prompt.size()) > cache.capacity)
    return fail(ErrorCode::kInvalidArgument,
                "generate: a prompt of {} tokens does not fit, {} of {} positions are free", prompt.size(),
                cache.capacity - cache.length, cache.capacity);
  ASSAY_TRY(Sampler sampler, Sampler::create(options.sampling));

  Generation result;
  std::vector<float> logits(static_cast<std::size_t>(config.vocab));
  // A vocabulary may be padded with rows that no token has.
  const auto choices = std::span<const float>(logits).first(
      static_cast<std::size_t>(std::min(config.vocab, tokenizer.vocab_size())));
  while (prompt.size() > kPromptPiece) {
    if (wants_to_stop(options)) return Generation{{}, StopReason::kStopped};
    ASSAY_TRY_VOID(backend.forward(prompt.first(kPromptPiece), cache, LogitsFor::kNone, {}));
    prompt = prompt.subspan(kPromptPiece);
  }
  ASSAY_TRY_VOID(backend.forward(prompt, cache, LogitsFor::kLast, logits));

  model::StreamDecoder decoder(tokenizer);
  while (true) {
    result.reason = StopReason::kMaxTokens;
    if (static_cast<std::int64_t>(result.tokens.size()) >= options.max_tokens) break;
    result.reason = StopReason::kStopped;
    if (wants_to_stop(options)) break;
    const model::TokenId token = sampler.pick(choices);
    result.reason = StopReason::kEndToken;
    if (tokenizer.is_end(token)) break;
    result.tokens.push_back(token);
    if (const std::string text = decoder.add(token); !text.empty()) on_text(text);
    if (static_cast<std::int64_t>(result.tokens.size()) >= options.max_tokens) continue;
    result.reason = StopReason::kContextFull;
    if (cache.length == cache.capacity) break;
    ASSAY_TRY_VOID(backend.forward({&token, 1}, cache, LogitsFor::kLast, logits));
  }
  if (const std::string rest = decoder.finish(); !rest.empty()) on_text(rest);
  return result;
}

}  // namespace assay::engine
