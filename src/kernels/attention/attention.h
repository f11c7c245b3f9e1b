// SPDX-License-Identifier: Apache-2.0
#pragma once
// Causal attention over a half-precision key and value cache, with query heads that share key and value heads
// (GQA). Two operations. Decode: one query position against a range of cached positions, giving a partial
// result, so that threads share the context evenly and whoever needs the sum merges it. Prefill: many query
// positions in blocks. Both keep a running maximum, so scores of any size are safe and scratch memory does
// not grow with the context. Sources: Ainslie et al. 2023 (arXiv 2305.13245) for GQA, Milakov and Gimelshein
// 2018 (arXiv 1805.02867) for the running softmax, Dao et al. 2023 (Flash-Decoding) for partial results. Not
// supported: sliding windows, soft caps, sinks.
#include <cstdint>
#include <span>

#include "device/thread_pool.h"
#include "kernels/variant.h"

namespace assay::kernels {

// The shape of the heads, and one layer's cache: keys after RoPE, values, both f16 bits (kv_heads, capacity,
// head_dim).
struct AttentionCache {
  const std::uint16_t* keys = nullptr;
  const std::uint16_t* values = nullptr;
  std::int64_t capacity = 0;
  std::int64_t heads = 0;  // query heads, a multiple of kv_heads
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;

  [[nodiscard]] std::int64_t group() const { return heads / kv_heads; }
};

// What a range of positions contributes: with scores s_p = q . k_p / sqrt(head_dim), maximum = max s_p,
// sum = sum of e^(s_p - maximum), out = sum of e^(s_p - maximum) v_p. An empty range has maximum -inf and
// zeros.
struct AttentionPartial {
  float* out = nullptr;      // (heads, head_dim)
  float* maximum = nullptr;  // (heads)
  float* sum = nullptr;      // (heads)
};

// One query position. q is (heads, head_dim) after RoPE. Reads the cache at `positions` only.
using AttentionDecode = void (*)(const AttentionCache& cache, const float* q, device::Range positions,
                                 AttentionPartial partial);
// out (heads, head_dim) = the attention over all ranges together. At least one partial must be of a non-empty
// range.
using AttentionMerge = void (*)(std::span<const AttentionPartial> partials, std::int64_t heads,
                                std::int64_t head_dim, float* out);

struct AttentionQueries {
  const float* q = nullptr;  // (rows, q_stride), each row (heads, head_dim) after RoPE
  std::int64_t q_stride = 0;
  float* out = nullptr;  // (rows, out_stride), each row (heads, head_dim)
  std::int64_t out_stride = 0;
  std::int64_t first_position = 0;  // of row 0; row r sees positions 0 .. first_position + r
};
// Query rows [rows.begin, rows.end), at most kAttentionBlock, of the query heads that share kv_head.
// `scratch` holds attention_scratch(cache) floats of the calling thread. Different rows or kv_heads may run
// at once.
inline constexpr std::int64_t kAttentionBlock = 16;
using AttentionPrefill = void (*)(const AttentionCache& cache, const AttentionQueries& queries,
                                  std::int64_t kv_head, device::Range rows, float* scratch);
[[nodiscard]] std::int64_t attention_scratch(std::int64_t heads, std::int64_t kv_heads,
                                             std::int64_t head_dim);

// head_dim decides which variants apply: those for AVX2 need a multiple of 8.
[[nodiscard]] std::span<const Variant<AttentionDecode>> attention_decode_variants(std::int64_t head_dim);
[[nodiscard]] std::span<const Variant<AttentionMerge>> attention_merge_variants(std::int64_t head_dim);
[[nodiscard]] std::span<const Variant<AttentionPrefill>> attention_prefill_variants(std::int64_t head_dim);

}  // namespace assay::kernels
