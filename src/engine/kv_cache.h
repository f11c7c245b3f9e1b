// SPDX-License-Identifier: Apache-2.0
#pragma once
// Keys (after RoPE) and values of the tokens seen so far, in half precision. Plain data that the caller owns:
// every backend reads and writes the same layout, so a cache can be copied, compared and handed from one to
// another.
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "model/config.h"

namespace assay::engine {

struct KvCache {
  std::int64_t layers = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t capacity = 0;  // positions that fit
  std::int64_t length = 0;    // positions filled

  // f16 bits, (layers, kv_heads, capacity, head_dim): one head's positions lie one after another.
  std::vector<std::uint16_t> keys;
  std::vector<std::uint16_t> values;

  // Errors: kInvalidArgument if capacity is not in 1 .. 2^20, or the cache would exceed `limit_bytes`.
  [[nodiscard]] static Result<KvCache> create(const model::Config& config, std::int64_t capacity,
                                              std::int64_t limit_bytes = std::int64_t{8} << 30);

  [[nodiscard]] std::uint16_t* key_row(std::int64_t layer, std::int64_t head, std::int64_t position) {
    return keys.data() + ((layer * kv_heads + head) * capacity + position) * head_dim;
  }
  [[nodiscard]] std::uint16_t* value_row(std::int64_t layer, std::int64_t head, std::int64_t position) {
    return values.data() + ((layer * kv_heads + head) * capacity + position) * head_dim;
  }
  [[nodiscard]] const std::uint16_t* key_row(std::int64_t layer, std::int64_t head,
                                             std::int64_t position) const {
    return keys.data() + ((layer * kv_heads + head) * capacity + position) * head_dim;
  }
  [[nodiscard]] const std::uint16_t* value_row(std::int64_t layer, std::int64_t head,
                                               std::int64_t position) const {
    return values.data() + ((layer * kv_heads + head) * capacity + position) * head_dim;
  }
  // Bytes that a decode step at this length reads.
  [[nodiscard]] std::int64_t bytes_read_per_step() const { return 4 * layers * kv_heads * head_dim * length; }
};

}  // namespace assay::engine
