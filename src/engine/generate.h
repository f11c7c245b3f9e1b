// SPDX-License-Identifier: Apache-2.0
#pragma once
// Continues a prompt token by token and hands out the text as it becomes whole.
// Not supported: several sequences at once, stop strings.
#include <atomic>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/backend.h"
#include "engine/sampling/sampler.h"
#include "model/tokenizer.h"

namespace assay::engine {

struct GenerateOptions {
  std::int64_t max_tokens = 128;
  SamplingOptions sampling = {};
  const std::atomic<bool>* stop = nullptr;  // set by another thread or a signal handler: end soon
};

enum class StopReason : std::uint8_t {
  kEndToken,  // the model ended its turn
  kMaxTokens,
  kContextFull,  // the cache has no position left
  kStopped,      // options.stop
};

struct Generation {
  std::vector<model::TokenId> tokens;  // without the end token
  StopReason reason = StopReason::kMaxTokens;
};

// Appends `prompt` to `cache` and generates. `backend` must be prepared for at least cache.capacity
// positions, and `config` be of its model. on_text gets whole UTF-8 characters only; at the end, what was
// held back. The last token is not in the cache when the reason is kMaxTokens or kContextFull. Errors: those
// of Sampler::create and Backend::forward (an empty prompt, one that does not fit); kInvalidArgument for a
// negative max_tokens.
[[nodiscard]] Result<Generation> generate(Backend& backend, const model::Config& config,
                                          const model::Tokenizer& tokenizer, KvCache& cache,
                                          std::span<const model::TokenId> prompt,
                                          const GenerateOptions& options,
                                          const std::function<void(std::string_view text)>& on_text);

}  // namespace assay::engine
