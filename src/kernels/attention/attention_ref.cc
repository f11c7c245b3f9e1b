// SPDX-License-Identifier: Apache-2.0
// Attention by its formula, in double.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "kernels/attention/attention_variants.h"
#include "values/blocks.h"

namespace assay::kernels {
namespace {

double score(const AttentionCache& cache, const float* q, std::int64_t kv_head, std::int64_t position) {
  const std::uint16_t* key = cache.keys + (kv_head * cache.capacity + position) * cache.head_dim;
  double sum = 0.0;
  for (std::int64_t i = 0; i < cache.head_dim; ++i)
    sum += static_cast<double>(q[i]) * static_cast<double>(values::f16_to_f32(key[i]));
  return sum / std::sqrt(static_cast<double>(cache.head_dim));
}

struct HeadResult {
  double maximum;
  double sum;
};

// out = sum of e^(s_p - maximum) v_p / divisor, where divisor is the sum if `normalised`, else 1. Scores are
// computed again for each element of out: slow, and nothing to go wrong.
HeadResult attend(const AttentionCache& cache, const float* q, std::int64_t kv_head, device::Range positions,
                  bool normalised, float* out) {
  double maximum = -std::numeric_limits<double>::infinity();
  for (std::int64_t p = positions.begin; p < positions.end; ++p)
    maximum = std::max(maximum, score(cache, q, kv_head, p));
  double sum = 0.0;
  constexpr std::int64_t kChunk = 256;
  std::array<double, kChunk> totals;
  for (std::int64_t first = 0; first < cache.head_dim; first += kChunk) {
    const std::int64_t count = std::min(kChunk, cache.head_dim - first);
    totals.fill(0.0);
    sum = 0.0;
    for (std::int64_t p = positions.begin; p < positions.end; ++p) {
      const double weight = std::exp(score(cache, q, kv_head, p) - maximum);
      const std::uint16_t* value = cache.values + (kv_head * cache.capacity + p) * cache.head_dim + first;
      sum += weight;
      for (std::int64_t i = 0; i < count; ++i)
        totals[static_cast<std::size_t>(i)] += weight * static_cast<double>(values::f16_to_f32(value[i]));
    }
    for (std::int64_t i = 0; i < count; ++i)
      out[first + i] = static_cast<float>(totals[static_cast<std::size_t>(i)] / (normalised ? sum : 1.0));
  }
  return {maximum, sum};
}

}  // namespace

void attention_decode_reference(const AttentionCache& cache, const float* q, device::Range positions,
                                AttentionPartial partial) {
  for (std::int64_t head = 0; head < cache.heads; ++head) {
    const HeadResult result = attend(cache, q + head * cache.head_dim, head / cache.group(), positions, false,
                                     partial.out + head * cache.head_dim);
    partial.maximum[head] = static_cast<float>(result.maximum);
    partial.sum[head] = static_cast<float>(result.sum);
  }
}

void attention_merge_reference(std::span<const AttentionPartial> partials, std::int64_t heads,
                               std::int64_t head_dim, float* out) {
  for (std::int64_t head = 0; head < heads; ++head) {
    double maximum = -std::numeric_limits<double>::infinity();
    for (const AttentionPartial& partial : partials)
      maximum = std::max(maximum, static_cast<double>(partial.maximum[head]));
    double sum = 0.0;
    for (const AttentionPartial& partial : partials)
      sum += std::exp(static_cast<double>(partial.maximum[head]) - maximum) *
             static_cast<double>(partial.sum[head]);
    for (std::int64_t i = 0; i < head_dim; ++i) {
      double total = 0.0;
      for (const AttentionPartial& partial : partials)
        total += std::exp(static_cast<double>(partial.maximum[head]) - maximum) *
                 static_cast<double>(partial.out[head * head_dim + i]);
      out[head * head_dim + i] = static_cast<float>(total / sum);
    }
  }
}

void attention_prefill_reference(const AttentionCache& cache, const AttentionQueries& queries,
                                 std::int64_t kv_head, device::Range rows, float* /*scratch*/) {
  for (std::int64_t row = rows.begin; row < rows.end; ++row)
    for (std::int64_t head = kv_head * cache.group(); head < (kv_head + 1) * cache.group(); ++head)
      attend(cache, queries.q + row * queries.q_stride + head * cache.head_dim, kv_head,
             {0, queries.first_position + row + 1}, true,
             queries.out + row * queries.out_stride + head * cache.head_dim);
}

}  // namespace assay::kernels
