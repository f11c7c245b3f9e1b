// SPDX-License-Identifier: Apache-2.0
#pragma once
// What every backend asks of the arguments of forward(), so that all refuse the same things with the same
// words.
#include <cstdint>
#include <span>

#include "base/result.h"
#include "engine/backend.h"

namespace assay::engine {

// Errors: kInvalidArgument if `tokens` is empty, holds an id outside the vocabulary or does not fit in the
// cache or the prepared context, if the cache has another model's shape, or if `logits` is not as large as
// `wanted` asks.
[[nodiscard]] Result<void> check_request(const model::Config& config, std::int64_t max_context,
                                         std::span<const model::TokenId> tokens, const KvCache& cache,
                                         LogitsFor wanted, std::span<const float> logits);

// Errors: kInvalidArgument unless max_batch is in 1 .. 65536 and max_context in 1 .. 2^20.
[[nodiscard]] Result<void> check_sizes(std::int64_t max_batch, std::int64_t max_context);

}  // namespace assay::engine
