// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/check.h"
#include "kernels/cpu_target.h"
#include "kernels/matmul/matmul.h"

namespace assay::kernels {
namespace {

constexpr std::int64_t kBlock = 32;
constexpr std::uint32_t kMagnitudeBits = 0x7FFFFFFF;  // magnitudes compare as integers, NaN above infinity
constexpr std::uint32_t kInfinityBits = 0x7F800000;
constexpr float kSmallest = 0x1p-100f;

// The factors of a block: its values are q8 * scale, and q8 is x * to_integer rounded.
struct BlockFactors {
  float scale = 0;
  float to_integer = 0;
};

BlockFactors factors_for(std::uint32_t largest_bits) {
  if (largest_bits >= kInfinityBits) return {std::numeric_limits<float>::quiet_NaN(), 0};
  const float largest = std::bit_cast<float>(largest_bits);
  if (largest < kSmallest) return {};
  return {largest / 127.0f, 127.0f / largest};
}

struct BlockResult {
  float scale = 0;
  std::int32_t sum = 0;
};

BlockResult quantise_block_reference(const float* in, std::int8_t* out) {
  std::uint32_t largest = 0;
  for (int i = 0; i < kBlock; ++i)
    largest = std::max(largest, std::bit_cast<std::uint32_t>(in[i]) & kMagnitudeBits);
  const BlockFactors factors = factors_for(largest);
  BlockResult result{factors.scale, 0};
  for (int i = 0; i < kBlock; ++i) {
    const float scaled = in[i] * factors.to_integer;
    out[i] = std::isfinite(scaled) ? static_cast<std::int8_t>(std::nearbyint(scaled)) : std::int8_t{0};
    result.sum += out[i];
  }
  return result;
}

ASSAY_TARGET_AVX2 std::uint32_t largest_lane(__m256i v) {
  __m128i m = _mm_max_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  m = _mm_max_epi32(m, _mm_shuffle_epi32(m, 0x4E));
  m = _mm_max_epi32(m, _mm_shuffle_epi32(m, 0xB1));
  return static_cast<std::uint32_t>(_mm_cvtsi128_si32(m));
}

ASSAY_TARGET_AVX2 std::int32_t sum_of_lanes(__m256i v) {
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4E));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xB1));
  return _mm_cvtsi128_si32(s);
}

ASSAY_TARGET_AVX2 BlockResult quantise_block_avx2(const float* in, std::int8_t* out) {
  const __m256 magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(static_cast<int>(kMagnitudeBits)));
  __m256 x[4];
  __m256i largest = _mm256_setzero_si256();
  for (int i = 0; i < 4; ++i) {
    x[i] = _mm256_loadu_ps(in + 8 * i);
    largest = _mm256_max_epi32(largest, _mm256_castps_si256(_mm256_and_ps(x[i], magnitude)));
  }
  const std::uint32_t largest_bits = largest_lane(largest);
  const BlockFactors factors = factors_for(largest_bits);
  if (largest_bits >= kInfinityBits) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_setzero_si256());
    return {factors.scale, 0};
  }
  const __m256 to_integer = _mm256_set1_ps(factors.to_integer);
  __m256i q[4];
  for (int i = 0; i < 4; ++i) q[i] = _mm256_cvtps_epi32(_mm256_mul_ps(x[i], to_integer));
  const __m256i sums = _mm256_add_epi32(_mm256_add_epi32(q[0], q[1]), _mm256_add_epi32(q[2], q[3]));
  // The packs work within halves of 128 bits; the permutation puts the quarters back in order.
  const __m256i words = _mm256_packs_epi16(_mm256_packs_epi32(q[0], q[1]), _mm256_packs_epi32(q[2], q[3]));
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_permutevar8x32_epi32(words, order));
  return {factors.scale, sum_of_lanes(sums)};
}

}  // namespace

void Activations::reserve(std::int64_t max_rows, std::int64_t max_cols) {
  const auto count = [&](std::int64_t per_row) { return static_cast<std::size_t>(max_rows * per_row); };
  const std::int64_t row_blocks = (max_cols + kBlock - 1) / kBlock;
  if (f32.size() < count(max_cols)) f32.resize(count(max_cols));
  if (q8.size() < count(row_blocks * kBlock)) q8.resize(count(row_blocks * kBlock));
  if (scales.size() < count(row_blocks)) {
    scales.resize(count(row_blocks));
    scaled_sums.resize(count(row_blocks));
    offsets.resize(count(row_blocks));
  }
}

void quantise_activations(Activations& x, device::Range rows, device::Isa isa) {
  const std::int64_t blocks = x.blocks();
  ASSAY_CHECK(0 <= rows.begin && rows.begin <= rows.end && rows.end <= x.rows, "rows {} to {} of {}",
              rows.begin, rows.end, x.rows);
  ASSAY_CHECK(x.q8.size() >= static_cast<std::size_t>(x.rows * blocks * kBlock),
              "reserve() was not called for {} x {}", x.rows, x.cols);
  const auto quantise_block = isa == device::Isa::kReference ? quantise_block_reference : quantise_block_avx2;
  std::array<float, kBlock> padded;
  for (std::int64_t row = rows.begin; row < rows.end; ++row) {
    for (std::int64_t block = 0; block < blocks; ++block) {
      const float* in = x.f32.data() + row * x.cols + block * kBlock;
      const std::int64_t here = std::min(kBlock, x.cols - block * kBlock);
      if (here < kBlock) {
        padded.fill(0);
        std::memcpy(padded.data(), in, static_cast<std::size_t>(here) * sizeof(float));
        in = padded.data();
      }
      const auto at = static_cast<std::size_t>(row * blocks + block);
      const BlockResult result = quantise_block(in, x.q8.data() + at * kBlock);
      x.scales[at] = result.scale;
      x.scaled_sums[at] = result.scale * static_cast<float>(result.sum);
      x.offsets[at] = -128 * result.sum;
    }
  }
}

}  // namespace assay::kernels
