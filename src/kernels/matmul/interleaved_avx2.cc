// SPDX-License-Identifier: Apache-2.0
// Interleaved tiles of 8 rows in AVX2. 4-bit codes are unsigned, so vpmaddubsw takes them as they are, and
// the sums of a whole block fit 16 bits: 8 products of pairs, 15 * 127 * 2 * 8 = 30480. 8-bit codes give
// vpmaddubsw their magnitude and x their sign; a pair is at most 128 * 127 * 2 = 32512, so each product is
// widened at once.
#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "kernels/cpu_target.h"
#include "kernels/matmul/interleaved.h"

namespace assay::kernels::matmul {
namespace {

constexpr int kLanes = 8;
constexpr std::int64_t kPrefetchBytes = 1024;

ASSAY_INLINE_AVX2 __m256i broadcast_four(const std::int8_t* x) {
  std::int32_t word;
  std::memcpy(&word, x, 4);
  return _mm256_set1_epi32(word);
}

ASSAY_INLINE_AVX2 __m256i load_codes(const std::byte* at) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}

template <int scale_bytes>
ASSAY_INLINE_AVX2 __m256 load_scales(const std::byte* at) {
  if constexpr (scale_bytes == 4) return _mm256_loadu_ps(reinterpret_cast<const float*>(at));
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)));
}

// The q8 of `batch` rows of x from some row on.
struct QuantisedRows {
  const std::int8_t* q8;
  const float* scales;
  const float* scaled_sums;
  const std::int32_t* offsets;
  std::int64_t blocks;
};

// dots[r] = sum over the tile's columns of code * q8, as float, for each of 8 lanes.
template <TileFormat format, int batch>
ASSAY_INLINE_AVX2 void dots_of_nibbles(const std::byte* tile, const QuantisedRows& x, std::int64_t block,
                                       __m256* dots) {
  const __m256i low_bits = _mm256_set1_epi8(15);
  __m256i sums[batch];
  for (int r = 0; r < batch; ++r) sums[r] = _mm256_setzero_si256();
  for (int j = 0; j < 4; ++j) {
    const __m256i codes = load_codes(tile + 32 * j);
    const __m256i low = _mm256_and_si256(codes, low_bits);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi16(codes, 4), low_bits);
    for (int r = 0; r < batch; ++r) {
      const std::int8_t* q8 = x.q8 + (r * x.blocks + block) * 32 + 4 * j;
      sums[r] = _mm256_add_epi16(sums[r], _mm256_maddubs_epi16(low, broadcast_four(q8)));
      sums[r] = _mm256_add_epi16(sums[r], _mm256_maddubs_epi16(high, broadcast_four(q8 + 16)));
    }
  }
  for (int r = 0; r < batch; ++r) {
    __m256i whole = _mm256_madd_epi16(sums[r], _mm256_set1_epi16(1));
    // -8 * sum(q8) is exact in integers; as a product of floats it would cancel.
    if constexpr (format.zero_point == 8)
      whole = _mm256_add_epi32(whole, _mm256_set1_epi32(x.offsets[r * x.blocks + block] / 16));
    dots[r] = _mm256_cvtepi32_ps(whole);
  }
}

// The same for signed bytes and `count` vectors from `first` on.
template <int batch>
ASSAY_INLINE_AVX2 void dots_of_bytes(const std::byte* tile, const QuantisedRows& x, std::int64_t block,
                                     int first, int count, __m256* dots) {
  __m256i sums[batch];
  for (int r = 0; r < batch; ++r) sums[r] = _mm256_setzero_si256();
  for (int j = first; j < first + count; ++j) {
    const __m256i codes = load_codes(tile + 32 * j);
    const __m256i magnitudes = _mm256_abs_epi8(codes);
    for (int r = 0; r < batch; ++r) {
      const __m256i signed_x =
          _mm256_sign_epi8(broadcast_four(x.q8 + (r * x.blocks + block) * 32 + 4 * j), codes);
      const __m256i pairs = _mm256_maddubs_epi16(magnitudes, signed_x);
      sums[r] = _mm256_add_epi32(sums[r], _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    }
  }
  for (int r = 0; r < batch; ++r) dots[r] = _mm256_cvtepi32_ps(sums[r]);
}

// 8 rows of W times `batch` rows of x; sums[r] are the 8 results of row r.
template <TileFormat format, int batch>
ASSAY_INLINE_AVX2 void multiply_group(const std::byte* tiles, const QuantisedRows& x, __m256* sums) {
  for (int r = 0; r < batch; ++r) sums[r] = _mm256_setzero_ps();
  for (std::int64_t block = 0; block < x.blocks; ++block) {
    const std::byte* tile = tiles + block * format.tile_bytes(kLanes);
    const std::byte* scale_run = tile + format.code_bytes(kLanes);
    for (std::int64_t line = 0; batch == 1 && line < format.tile_bytes(kLanes); line += 64)
      _mm_prefetch(reinterpret_cast<const char*>(tile) + kPrefetchBytes + line, _MM_HINT_T0);
    for (int part = 0; part < format.scales_per_lane; ++part) {
      __m256 dots[batch];
      constexpr int kVectors = 8 / format.scales_per_lane;
      if constexpr (format.code_bits == 4) dots_of_nibbles<format, batch>(tile, x, block, dots);
      if constexpr (format.code_bits == 8)
        dots_of_bytes<batch>(tile, x, block, part * kVectors, kVectors, dots);
      const __m256 scale = load_scales<format.scale_bytes>(scale_run);
      scale_run += format.scale_run_bytes(kLanes);
      for (int r = 0; r < batch; ++r) {
        const __m256 x_scale = _mm256_broadcast_ss(x.scales + r * x.blocks + block);
        sums[r] = _mm256_fmadd_ps(_mm256_mul_ps(scale, x_scale), dots[r], sums[r]);
      }
      if constexpr (format.has_minimum) {
        const __m256 minimum = load_scales<format.scale_bytes>(scale_run);
        for (int r = 0; r < batch; ++r)
          sums[r] =
              _mm256_fmadd_ps(minimum, _mm256_broadcast_ss(x.scaled_sums + r * x.blocks + block), sums[r]);
      }
    }
  }
}

ASSAY_INLINE_AVX2 void store_lanes(float* y, __m256 values, std::int64_t lanes) {
  if (lanes >= kLanes) return _mm256_storeu_ps(y, values);
  alignas(32) float all[kLanes];
  _mm256_store_ps(all, values);
  for (std::int64_t i = 0; i < lanes; ++i) y[i] = all[i];
}

template <TileFormat format, int batch>
ASSAY_TARGET_AVX2 void multiply_and_store(const std::byte* tiles, const QuantisedRows& x, std::int64_t lanes,
                                          float* y, std::int64_t y_stride) {
  __m256 sums[batch];
  multiply_group<format, batch>(tiles, x, sums);
  for (int r = 0; r < batch; ++r) store_lanes(y + r * y_stride, sums[r], lanes);
}

template <TileFormat format>
void multiply(const InterleavedView& w, const Activations& x, float* y, std::int64_t y_stride,
              device::Range part) {
  for (std::int64_t row = part.begin; row < part.end; row += kLanes) {
    const std::byte* tiles = w.tiles + row / kLanes * w.blocks * format.tile_bytes(kLanes);
    const std::int64_t lanes = std::min<std::int64_t>(kLanes, part.end - row);
    for (std::int64_t r = 0; r < x.rows;) {
      const std::int64_t at = r * w.blocks;
      const QuantisedRows rows{x.q8.data() + 32 * at, x.scales.data() + at, x.scaled_sums.data() + at,
                               x.offsets.data() + at, w.blocks};
      float* out = y + r * y_stride + row;
      if (x.rows - r >= 4) {
        multiply_and_store<format, 4>(tiles, rows, lanes, out, y_stride);
        r += 4;
      } else {
        multiply_and_store<format, 1>(tiles, rows, lanes, out, y_stride);
        r += 1;
      }
    }
  }
}

}  // namespace

InterleavedVariant interleaved_avx2(values::DType type) {
  using values::DType;
  switch (type) {
    case DType::kQ4_0:
      return {"matmul/cpu.avx2_q4_0_8rows", kLanes, 0, multiply<kTileQ4_0>};
    case DType::kQ4_1:
      return {"matmul/cpu.avx2_q4_1_8rows", kLanes, 0, multiply<kTileQ4_1>};
    case DType::kQ5_0:
      return {"matmul/cpu.avx2_q5_0_8rows", kLanes, 0, multiply<kTileQ8_0>};
    case DType::kQ5_1:
      return {"matmul/cpu.avx2_q5_1_8rows", kLanes, 0, multiply<kTileQ5_1>};
    case DType::kQ8_0:
      return {"matmul/cpu.avx2_q8_0_8rows", kLanes, 0, multiply<kTileQ8_0>};
    case DType::kQ4_K:
      return {"matmul/cpu.avx2_q4_k_8rows", kLanes, 0, multiply<kTileQ4_K>};
    case DType::kQ5_K:
      return {"matmul/cpu.avx2_q5_k_8rows", kLanes, 0, multiply<kTileQ5_K>};
    case DType::kQ6_K:
      return {"matmul/cpu.avx2_q6_k_8rows", kLanes, 0, multiply<kTileQ6_K>};
    default:
      return {};
  }
}

}  // namespace assay::kernels::matmul
