// SPDX-License-Identifier: Apache-2.0
// Decode attention in AVX2. Cost is converting f16 and multiplying, so each key and value is converted once
// for all query heads of its group (up to four at a time), and queries stay in registers for several
// positions.
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "kernels/attention/attention_variants.h"
#include "kernels/cpu_target.h"
#include "kernels/exp/exp_avx2.h"

namespace assay::kernels {
namespace {

constexpr float kNothing = -std::numeric_limits<float>::infinity();

ASSAY_TARGET_AVX2 __attribute__((always_inline)) inline __m256 load_half(const std::uint16_t* p) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}

// The sums of four vectors, side by side.
ASSAY_TARGET_AVX2 __attribute__((always_inline)) inline __m128 sums_of(__m256 a, __m256 b, __m256 c,
                                                                       __m256 d) {
  const __m256 sums = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
  return _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps(sums, 1));
}

// Asks for the cache lines of one row of halves, into the second-level cache: the first has no room for a
// tile.
ASSAY_TARGET_AVX2 __attribute__((always_inline)) inline void prefetch_row(const std::uint16_t* row,
                                                                          std::int64_t head_dim) {
  for (std::int64_t i = 0; i < head_dim; i += 32)
    _mm_prefetch(reinterpret_cast<const char*>(row + i), _MM_HINT_T1);
}

// scores[h * kAttentionTile + p] = scale * q_h . k_p for p < count. The rest of the last four becomes -inf.
template <int kHeads>
ASSAY_TARGET_AVX2 __attribute__((always_inline)) inline void score_tile(const std::uint16_t* keys,
                                                                        const std::uint16_t* values,
                                                                        const float* q, std::int64_t head_dim,
                                                                        std::int64_t count, float scale,
                                                                        float* scores) {
  for (std::int64_t p = 0; p < count; p += 4) {
    const std::uint16_t* rows[4];
    for (std::int64_t j = 0; j < 4; ++j) {
      const std::int64_t row = std::min(p + j, count - 1) * head_dim;
      rows[j] = keys + row;
      prefetch_row(values + row, head_dim);
    }
    __m256 sums[kHeads][4];
    for (int h = 0; h < kHeads; ++h)
      for (int j = 0; j < 4; ++j) sums[h][j] = _mm256_setzero_ps();
    for (std::int64_t i = 0; i < head_dim; i += 8) {
      __m256 query[kHeads];
      for (int h = 0; h < kHeads; ++h) query[h] = _mm256_loadu_ps(q + h * head_dim + i);
      for (int j = 0; j < 4; ++j) {
        const __m256 key = load_half(rows[j] + i);
        for (int h = 0; h < kHeads; ++h) sums[h][j] = _mm256_fmadd_ps(query[h], key, sums[h][j]);
      }
    }
    for (int h = 0; h < kHeads; ++h)
      _mm_storeu_ps(scores + h * kAttentionTile + p,
                    _mm_mul_ps(sums_of(sums[h][0], sums[h][1], sums[h][2], sums[h][3]), _mm_set1_ps(scale)));
  }
  for (int h = 0; h < kHeads; ++h)
    for (std::int64_t p = count; p % 4 != 0; ++p) scores[h * kAttentionTile + p] = kNothing;
}

// Turns scores into weights e^(s - maximum) and updates the head's running maximum and sum. Returns what its
// earlier output must be multiplied with. `padded` is a multiple of 8; entries past the tile's positions are
// -inf.
ASSAY_TARGET_AVX2 __attribute__((always_inline)) inline float softmax_tile(float* scores, std::int64_t padded,
                                                                           float& maximum, float& sum) {
  __m256 largest = _mm256_set1_ps(maximum);
  for (std::int64_t p = 0; p < padded; p += 8) largest = _mm256_max_ps(largest, _mm256_loadu_ps(scores + p));
  __m128 half = _mm_max_ps(_mm256_castps256_ps128(largest), _mm256_extractf128_ps(largest, 1));
  half = _mm_max_ps(half, _mm_movehl_ps(half, half));
  const float new_maximum = std::max(_mm_cvtss_f32(half), _mm_cvtss_f32(_mm_movehdup_ps(half)));
  const float rescale = maximum == kNothing ? 0.0f : std::exp(maximum - new_maximum);

  __m256 total = _mm256_setzero_ps();
  for (std::int64_t p = 0; p < padded; p += 8) {
    const __m256 weight = exp_avx2(_mm256_sub_ps(_mm256_loadu_ps(scores + p), _mm256_set1_ps(new_maximum)));
    _mm256_storeu_ps(scores + p, weight);
    total = _mm256_add_ps(total, weight);
  }
  const __m128 quarter = sums_of(total, total, total, total);
  sum = sum * rescale + _mm_cvtss_f32(quarter);
  maximum = new_maximum;
  return rescale;
}

// out_h[i .. i + 8 * kVectors) = out_h * rescale_h + sum over p of weights_h[p] v_p. Meanwhile asks for the
// rows `ahead`.
template <int kHeads, int kVectors>
ASSAY_TARGET_AVX2 __attribute__((always_inline)) inline void add_values(
    const std::uint16_t* values, std::int64_t head_dim, std::int64_t i, std::int64_t count,
    const float* weights, const float* rescale, float* out, const std::uint16_t* ahead) {
  __m256 sums[kHeads][kVectors];
  for (int h = 0; h < kHeads; ++h)
    for (int v = 0; v < kVectors; ++v)
      sums[h][v] = _mm256_mul_ps(_mm256_loadu_ps(out + h * head_dim + i + 8 * v), _mm256_set1_ps(rescale[h]));
  for (std::int64_t p = 0; p < count; ++p) {
    if (ahead != nullptr) prefetch_row(ahead + p * head_dim, head_dim);
    __m256 weight[kHeads];
    for (int h = 0; h < kHeads; ++h) weight[h] = _mm256_broadcast_ss(weights + h * kAttentionTile + p);
    for (int v = 0; v < kVectors; ++v) {
      const __m256 value = load_half(values + p * head_dim + i + 8 * v);
      for (int h = 0; h < kHeads; ++h) sums[h][v] = _mm256_fmadd_ps(weight[h], value, sums[h][v]);
    }
  }
  for (int h = 0; h < kHeads; ++h)
    for (int v = 0; v < kVectors; ++v) _mm256_storeu_ps(out + h * head_dim + i + 8 * v, sums[h][v]);
}

// kHeads query heads that share one key and value head.
template <int kHeads>
ASSAY_TARGET_AVX2 void attend(const AttentionCache& cache, std::int64_t kv_head, std::int64_t head,
                              const float* q, device::Range positions, AttentionPartial partial) {
  const std::int64_t head_dim = cache.head_dim;
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  const float* queries = q + head * head_dim;
  float* out = partial.out + head * head_dim;
  std::fill(out, out + kHeads * head_dim, 0.0f);
  std::fill(partial.maximum + head, partial.maximum + head + kHeads, kNothing);
  std::fill(partial.sum + head, partial.sum + head + kHeads, 0.0f);

  alignas(32) float scores[kHeads * kAttentionTile];
  float rescale[kHeads];
  for (std::int64_t p = positions.begin; p < positions.end; p += kAttentionTile) {
    const std::int64_t count = std::min(kAttentionTile, positions.end - p);
    const std::int64_t padded = (count + 7) / 8 * 8;
    const std::int64_t row = (kv_head * cache.capacity + p) * head_dim;
    score_tile<kHeads>(cache.keys + row, cache.values + row, queries, head_dim, count, scale, scores);
    for (int h = 0; h < kHeads; ++h) {
      float* mine = scores + h * kAttentionTile;
      for (std::int64_t j = (count + 3) / 4 * 4; j < padded; ++j) mine[j] = kNothing;
      rescale[h] = softmax_tile(mine, padded, partial.maximum[head + h], partial.sum[head + h]);
    }
    // The next tile's keys: of this head, or the first of the next.
    const std::uint16_t* ahead =
        cache.keys + (p + kAttentionTile < positions.end
                          ? row + kAttentionTile * head_dim
                          : ((kv_head + 1) % cache.kv_heads * cache.capacity + positions.begin) * head_dim);
    std::int64_t i = 0;
    for (; i + 32 <= head_dim; i += 32)
      add_values<kHeads, 4>(cache.values + row, head_dim, i, count, scores, rescale, out,
                            i == 0 ? ahead : nullptr);
    for (; i < head_dim; i += 8)
      add_values<kHeads, 1>(cache.values + row, head_dim, i, count, scores, rescale, out,
                            i == 0 ? ahead : nullptr);
  }
}

}  // namespace

void attention_decode_avx2(const AttentionCache& cache, const float* q, device::Range positions,
                           AttentionPartial partial) {
  for (std::int64_t kv_head = 0; kv_head < cache.kv_heads; ++kv_head) {
    std::int64_t head = kv_head * cache.group();
    const std::int64_t end = head + cache.group();
    // Three at a time fill the registers best (twelve sums); a group of four is done as two and two.
    while (head < end) {
      const std::int64_t left = end - head;
      if (left == 3 || left > 4) {
        attend<3>(cache, kv_head, head, q, positions, partial);
        head += 3;
      } else if (left >= 2) {
        attend<2>(cache, kv_head, head, q, positions, partial);
        head += 2;
      } else {
        attend<1>(cache, kv_head, head, q, positions, partial);
        head += 1;
      }
    }
  }
}

ASSAY_TARGET_AVX2 void attention_merge_avx2(std::span<const AttentionPartial> partials, std::int64_t heads,
                                            std::int64_t head_dim, float* out) {
  for (std::int64_t head = 0; head < heads; ++head) {
    float maximum = kNothing;
    for (const AttentionPartial& partial : partials) maximum = std::max(maximum, partial.maximum[head]);
    float sum = 0.0f;
    for (const AttentionPartial& partial : partials)
      sum += std::exp(partial.maximum[head] - maximum) * partial.sum[head];
    float* mine = out + head * head_dim;
    bool first = true;
    for (const AttentionPartial& partial : partials) {
      const float* theirs = partial.out + head * head_dim;
      const float weight = std::exp(partial.maximum[head] - maximum) / sum;
      for (std::int64_t i = 0; i < head_dim; i += 8) {
        const __m256 part = _mm256_mul_ps(_mm256_set1_ps(weight), _mm256_loadu_ps(theirs + i));
        _mm256_storeu_ps(mine + i, first ? part : _mm256_add_ps(part, _mm256_loadu_ps(mine + i)));
      }
      first = false;
    }
  }
}

}  // namespace assay::kernels
