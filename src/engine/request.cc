// SPDX-License-Identifier: Apache-2.0
#include "engine/request.h"

namespace assay::engine {

Result<void> check_request(const model::Config& config, std::int64_t max_context,
                           std::span<const model::TokenId> tokens, const KvCache& cache, LogitsFor wanted,
                           std::span<const float> logits) {
  const auto count = static_cast<std::int64_t>(tokens.size());
  if (count == 0) return fail(ErrorCode::kInvalidArgument, "forward: no tokens given, expected at least one");
  const std::int64_t rows = wanted == LogitsFor::kAll ? count : wanted == LogitsFor::kLast ? 1 : 0;
  if (static_cast<std::int64_t>(logits.size()) != rows * config.vocab)
    return fail(ErrorCode::kInvalidArgument, "forward: the buffer for logits has {} floats, expected {} x {}",
                logits.size(), rows, config.vocab);
  if (cache.layers != config.layers || cache.kv_heads != config.kv_heads || cache.head_dim != config.head_dim)
    return fail(ErrorCode::kInvalidArgument,
                "forward: the cache is shaped {}x{}x{} (layers, kv_heads, head_dim), the model {}x{}x{}",
                cache.layers, cache.kv_heads, cache.head_dim, config.layers, config.kv_heads,
                config.head_dim);
  if (cache.length + count > cache.capacity)
    return fail(ErrorCode::kInvalidArgument,
                "forward: {} tokens do not fit in the cache, {} of its {} positions are filled", count,
                cache.length, cache.capacity);
  if (cache.length + count > max_context)
    return fail(ErrorCode::kInvalidArgument, "forward: position {} is past the prepared context of {}",
                cache.length + count - 1, max_context);
  for (const model::TokenId token : tokens)
    if (token < 0 || token >= config.vocab)
      return fail(ErrorCode::kInvalidArgument, "forward: token {} is outside the vocabulary of {}", token,
                  config.vocab);
  return {};
}

Result<void> check_sizes(std::int64_t max_batch, std::int64_t max_context) {
  if (max_batch < 1 || max_batch > 65536)
    return fail(ErrorCode::kInvalidArgument, "prepare: batch of {} asked for, expected 1 to 65536",
                max_batch);
  if (max_context < 1 || max_context > (std::int64_t{1} << 20))
    return fail(ErrorCode::kInvalidArgument, "prepare: context of {} asked for, expected 1 to {}",
                max_context, std::int64_t{1} << 20);
  return {};
}

}  // namespace assay::engine
