// SPDX-License-Identifier: Apache-2.0
// Prefill attention in AVX2: a block of queries of all heads of a group against tiles of cached positions. A
// tile is converted to f32 once for the whole block, keys transposed, so that scores and output are both
// plain products C += A B of row-major matrices, done in register tiles of 4 x 16.
#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/attention/attention_variants.h"
#include "kernels/cpu_target.h"
#include "kernels/exp/exp_avx2.h"

namespace assay::kernels {
namespace {

constexpr float kNothing = -std::numeric_limits<float>::infinity();
constexpr std::int64_t kTile = kAttentionTile;

ASSAY_TARGET_AVX2 __attribute__((always_inline)) inline __m256 load_half(const std::uint16_t* p) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}

// C[r, 0 .. 8 * kVectors) = C * rescale[r] + sum over k < depth of A[r, k] B[k, ...]. Row strides as named.
template <int kRows, int kVectors>
ASSAY_TARGET_AVX2 __attribute__((always_inline)) inline void multiply_block(
    const float* a, std::int64_t a_stride, const float* b, std::int64_t b_stride, std::int64_t depth,
    const float* rescale, float* c, std::int64_t c_stride) {
  __m256 sums[kRows][kVectors];
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v)
      sums[r][v] = _mm256_mul_ps(_mm256_loadu_ps(c + r * c_stride + 8 * v), _mm256_broadcast_ss(rescale + r));
  for (std::int64_t k = 0; k < depth; ++k) {
    __m256 column[kVectors];
    for (int v = 0; v < kVectors; ++v) column[v] = _mm256_loadu_ps(b + k * b_stride + 8 * v);
    for (int r = 0; r < kRows; ++r) {
      const __m256 factor = _mm256_broadcast_ss(a + r * a_stride + k);
      for (int v = 0; v < kVectors; ++v) sums[r][v] = _mm256_fmadd_ps(factor, column[v], sums[r][v]);
    }
  }
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v) _mm256_storeu_ps(c + r * c_stride + 8 * v, sums[r][v]);
}

struct Matrix {
  float* data;
  std::int64_t stride;
};

// C = C * rescale + A B for `rows` (a multiple of 4) x `columns` (a multiple of 8).
ASSAY_TARGET_AVX2 void multiply(Matrix a, Matrix b, Matrix c, std::int64_t rows, std::int64_t columns,
                                std::int64_t depth, const float* rescale) {
  std::int64_t n = 0;
  for (; n + 16 <= columns; n += 16)
    for (std::int64_t r = 0; r < rows; r += 4)
      multiply_block<4, 2>(a.data + r * a.stride, a.stride, b.data + n, b.stride, depth, rescale + r,
                           c.data + r * c.stride + n, c.stride);
  if (n < columns)
    for (std::int64_t r = 0; r < rows; r += 4)
      multiply_block<4, 1>(a.data + r * a.stride, a.stride, b.data + n, b.stride, depth, rescale + r,
                           c.data + r * c.stride + n, c.stride);
}

// out[j, i] = in[i, j] for an 8 x 8 block.
ASSAY_TARGET_AVX2 __attribute__((always_inline)) inline void transpose_eight(const __m256 (&in)[8],
                                                                             float* out,
                                                                             std::int64_t stride) {
  __m256 pairs[8];
  for (int i = 0; i < 4; ++i) {
    pairs[2 * i] = _mm256_unpacklo_ps(in[2 * i], in[2 * i + 1]);
    pairs[2 * i + 1] = _mm256_unpackhi_ps(in[2 * i], in[2 * i + 1]);
  }
  __m256 fours[8];
  for (int i = 0; i < 2; ++i) {
    fours[4 * i] = _mm256_shuffle_ps(pairs[4 * i], pairs[4 * i + 2], 0x44);
    fours[4 * i + 1] = _mm256_shuffle_ps(pairs[4 * i], pairs[4 * i + 2], 0xEE);
    fours[4 * i + 2] = _mm256_shuffle_ps(pairs[4 * i + 1], pairs[4 * i + 3], 0x44);
    fours[4 * i + 3] = _mm256_shuffle_ps(pairs[4 * i + 1], pairs[4 * i + 3], 0xEE);
  }
  for (int i = 0; i < 4; ++i) {
    _mm256_storeu_ps(out + i * stride, _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x20));
    _mm256_storeu_ps(out + (i + 4) * stride, _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x31));
  }
}

// keys (count, head_dim) f16 -> out (head_dim, kTile) f32; columns from count to the next multiple of 8
// become zero.
ASSAY_TARGET_AVX2 void transpose_keys(const std::uint16_t* keys, std::int64_t count, std::int64_t head_dim,
                                      float* out) {
  for (std::int64_t p = 0; p < count; p += 8)
    for (std::int64_t i = 0; i < head_dim; i += 8) {
      __m256 rows[8];
      for (std::int64_t j = 0; j < 8; ++j)
        rows[j] = p + j < count ? load_half(keys + (p + j) * head_dim + i) : _mm256_setzero_ps();
      transpose_eight(rows, out + i * kTile + p, kTile);
    }
}

ASSAY_TARGET_AVX2 void convert(const std::uint16_t* in, std::int64_t count, float* out) {
  for (std::int64_t i = 0; i < count; i += 8) _mm256_storeu_ps(out + i, load_half(in + i));
}

// Scores of one query row, of which the first `visible` of `padded` (a multiple of 8) count, become weights
// e^(s - maximum). Returns what the row's earlier output must be multiplied with.
ASSAY_TARGET_AVX2 float softmax_row(float* scores, std::int64_t visible, std::int64_t padded, float& maximum,
                                    float& sum) {
  for (std::int64_t p = std::max<std::int64_t>(visible, 0); p < padded; ++p) scores[p] = kNothing;
  if (visible <= 0) {
    std::fill(scores, scores + padded, 0.0f);
    return 1.0f;
  }
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
  __m128 quarter = _mm_add_ps(_mm256_castps256_ps128(total), _mm256_extractf128_ps(total, 1));
  quarter = _mm_add_ps(quarter, _mm_movehl_ps(quarter, quarter));
  sum = sum * rescale + _mm_cvtss_f32(_mm_add_ss(quarter, _mm_movehdup_ps(quarter)));
  maximum = new_maximum;
  return rescale;
}

std::int64_t padded_rows(std::int64_t group) { return (kAttentionBlock * group + 3) / 4 * 4; }

// The parts of a thread's scratch memory. A row is one query head of one position: row = position * group +
// head.
struct Scratch {
  std::int64_t rows, head_dim;
  float* memory;
  float* keys() const { return memory; }                          // (head_dim, kTile)
  float* values() const { return keys() + head_dim * kTile; }     // (kTile, head_dim)
  float* queries() const { return values() + head_dim * kTile; }  // (rows, head_dim)
  float* out() const { return queries() + rows * head_dim; }      // (rows, head_dim)
  float* scores() const { return out() + rows * head_dim; }       // (rows, kTile)
  float* maximum() const { return scores() + rows * kTile; }      // (rows)
  float* sum() const { return maximum() + rows; }                 // (rows)
  float* rescale() const { return sum() + rows; }                 // (rows)
  float* zeros() const { return rescale() + rows; }               // (rows)
  std::int64_t size() const { return 2 * head_dim * kTile + rows * (2 * head_dim + kTile + 4); }
};

}  // namespace

std::int64_t attention_scratch(std::int64_t heads, std::int64_t kv_heads, std::int64_t head_dim) {
  return Scratch{padded_rows(heads / kv_heads), head_dim, nullptr}.size();
}

void attention_prefill_avx2(const AttentionCache& cache, const AttentionQueries& queries,
                            std::int64_t kv_head, device::Range rows, float* scratch) {
  const std::int64_t head_dim = cache.head_dim;
  const std::int64_t group = cache.group();
  const std::int64_t used = rows.size() * group;
  const std::int64_t padded = (used + 3) / 4 * 4;
  const Scratch s{padded_rows(group), head_dim, scratch};
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));

  for (std::int64_t r = 0; r < used; ++r) {
    const float* q =
        queries.q + (rows.begin + r / group) * queries.q_stride + (kv_head * group + r % group) * head_dim;
    for (std::int64_t i = 0; i < head_dim; ++i) s.queries()[r * head_dim + i] = q[i] * scale;
  }
  std::fill(s.queries() + used * head_dim, s.queries() + padded * head_dim, 0.0f);
  std::fill(s.out(), s.out() + padded * head_dim, 0.0f);
  std::fill(s.scores(), s.scores() + padded * kTile,
            0.0f);  // products are added to 0 * what was there: no NaN
  std::fill(s.maximum(), s.maximum() + padded, kNothing);
  std::fill(s.sum(), s.sum() + padded, 0.0f);
  std::fill(s.zeros(), s.zeros() + padded, 0.0f);

  const std::int64_t last_position = queries.first_position + rows.end - 1;
  for (std::int64_t p = 0; p <= last_position; p += kTile) {
    const std::int64_t count = std::min(kTile, last_position + 1 - p);
    const std::int64_t columns = (count + 7) / 8 * 8;
    const std::int64_t first = (kv_head * cache.capacity + p) * head_dim;
    transpose_keys(cache.keys + first, count, head_dim, s.keys());
    convert(cache.values + first, count * head_dim, s.values());
    multiply({s.queries(), head_dim}, {s.keys(), kTile}, {s.scores(), kTile}, padded, columns, head_dim,
             s.zeros());
    for (std::int64_t r = 0; r < padded; ++r) {
      const std::int64_t position = queries.first_position + rows.begin + std::min(r, used - 1) / group;
      s.rescale()[r] = softmax_row(s.scores() + r * kTile, std::min(count, position + 1 - p), columns,
                                   s.maximum()[r], s.sum()[r]);
    }
    multiply({s.scores(), kTile}, {s.values(), head_dim}, {s.out(), head_dim}, padded, head_dim, count,
             s.rescale());
  }

  for (std::int64_t r = 0; r < used; ++r) {
    float* out = queries.out + (rows.begin + r / group) * queries.out_stride +
                 (kv_head * group + r % group) * head_dim;
    for (std::int64_t i = 0; i < head_dim; ++i) out[i] = s.out()[r * head_dim + i] / s.sum()[r];
  }
}

}  // namespace assay::kernels
