// SPDX-License-Identifier: Apache-2.0
#include "engine/kv_cache.h"

#include "base/check.h"

namespace assay::engine {

Result<KvCache> KvCache::create(const model::Config& config, std::int64_t capacity,
                                std::int64_t limit_bytes) {
  constexpr std::int64_t kMaxCapacity = std::int64_t{1} << 20;
  if (capacity < 1 || capacity > kMaxCapacity)
    return fail(ErrorCode::kInvalidArgument, "kv cache: {} positions asked for, expected 1 to {}", capacity,
                kMaxCapacity);
  ASSAY_CHECK(config.layers > 0 && config.kv_heads > 0 && config.head_dim > 0);
  const std::int64_t bytes_per_position = 4 * config.layers * config.kv_width();
  if (capacity > limit_bytes / bytes_per_position)
    return fail(ErrorCode::kInvalidArgument,
                "kv cache: {} positions of {} bytes exceed the limit of {} bytes; ask for a shorter context",
                capacity, bytes_per_position, limit_bytes);
  KvCache cache;
  cache.layers = config.layers;
  cache.kv_heads = config.kv_heads;
  cache.head_dim = config.head_dim;
  cache.capacity = capacity;
  const auto elements = static_cast<std::size_t>(config.layers * config.kv_width() * capacity);
  cache.keys.resize(elements);
  cache.values.resize(elements);
  return cache;
}

}  // namespace assay::engine
