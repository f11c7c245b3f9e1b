// SPDX-License-Identifier: Apache-2.0
// Interleaved tiles of 16 rows in AVX-512 VNNI. vpdpbusd multiplies unsigned by signed bytes: 4-bit codes are
// unsigned as they are; 8-bit codes are stored as code + 128, and the sum starts at -128 * sum(q8) instead of
// 0, which is exact.
#include <algorithm>
#include <cstring>

#include "kernels/cpu_target.h"
#include "kernels/matmul/interleaved.h"

namespace assay::kernels::matmul {
namespace {

constexpr int kLanes = 16;
constexpr std::int64_t kPrefetchBytes = 2048;

ASSAY_INLINE_AVX512VNNI __m512i broadcast_four(const std::int8_t* x) {
  std::int32_t word;
  std::memcpy(&word, x, 4);
  return _mm512_set1_epi32(word);
}

template <int scale_bytes>
ASSAY_INLINE_AVX512VNNI __m512 load_scales(const std::byte* at) {
  if constexpr (scale_bytes == 4) return _mm512_loadu_ps(at);
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)));
}

struct QuantisedRows {
  const std::int8_t* q8;
  const float* scales;
  const float* scaled_sums;
  const std::int32_t* offsets;
  std::int64_t blocks;
};

// The tile's codes as eight vectors of unsigned bytes, columns 4j .. 4j + 3 in vector j.
template <TileFormat format>
ASSAY_INLINE_AVX512VNNI void unpack_codes(const std::byte* tile, __m512i* codes) {
  if constexpr (format.code_bits == 8) {
    for (int j = 0; j < 8; ++j) codes[j] = _mm512_loadu_si512(tile + 64 * j);
  } else {
    const __m512i low_bits = _mm512_set1_epi8(15);
    for (int j = 0; j < 4; ++j) {
      const __m512i both = _mm512_loadu_si512(tile + 64 * j);
      codes[j] = _mm512_and_si512(both, low_bits);
      codes[j + 4] = _mm512_and_si512(_mm512_srli_epi16(both, 4), low_bits);
    }
  }
}

// 16 rows of W times `batch` rows of x; sums[r] are the 16 results of row r.
template <TileFormat format, int batch>
ASSAY_INLINE_AVX512VNNI void multiply_group(const std::byte* tiles, const QuantisedRows& x, __m512* sums) {
  for (int r = 0; r < batch; ++r) sums[r] = _mm512_setzero_ps();
  for (std::int64_t block = 0; block < x.blocks; ++block) {
    const std::byte* tile = tiles + block * format.tile_bytes(kLanes);
    const std::byte* scale_run = tile + format.code_bytes(kLanes);
    for (std::int64_t line = 0; batch == 1 && line < format.tile_bytes(kLanes); line += 64)
      _mm_prefetch(reinterpret_cast<const char*>(tile) + kPrefetchBytes + line, _MM_HINT_T0);
    __m512i codes[8];
    unpack_codes<format>(tile, codes);
    const __m512 scale = load_scales<format.scale_bytes>(scale_run);
    __m512 minimum = _mm512_setzero_ps();
    if constexpr (format.has_minimum)
      minimum = load_scales<format.scale_bytes>(scale_run + format.scale_run_bytes(kLanes));
    for (int r = 0; r < batch; ++r) {
      const std::int64_t at = r * x.blocks + block;
      // Two sums: one chain of eight would wait for itself when there is one row only.
      __m512i even = _mm512_setzero_si512();
      if constexpr (format.code_bits == 8) even = _mm512_set1_epi32(x.offsets[at]);
      if constexpr (format.zero_point == 8) even = _mm512_set1_epi32(x.offsets[at] / 16);
      __m512i odd = _mm512_setzero_si512();
      for (int j = 0; j < 8; j += 2) {
        even = _mm512_dpbusd_epi32(even, codes[j], broadcast_four(x.q8 + 32 * at + 4 * j));
        odd = _mm512_dpbusd_epi32(odd, codes[j + 1], broadcast_four(x.q8 + 32 * at + 4 * j + 4));
      }
      const __m512 dots = _mm512_cvtepi32_ps(_mm512_add_epi32(even, odd));
      sums[r] = _mm512_fmadd_ps(_mm512_mul_ps(scale, _mm512_set1_ps(x.scales[at])), dots, sums[r]);
      if constexpr (format.has_minimum)
        sums[r] = _mm512_fmadd_ps(minimum, _mm512_set1_ps(x.scaled_sums[at]), sums[r]);
    }
  }
}

template <TileFormat format, int batch>
ASSAY_TARGET_AVX512VNNI void multiply_and_store(const std::byte* tiles, const QuantisedRows& x,
                                                std::int64_t lanes, float* y, std::int64_t y_stride) {
  __m512 sums[batch];
  multiply_group<format, batch>(tiles, x, sums);
  const auto mask = static_cast<__mmask16>(lanes >= kLanes ? 0xFFFF : (1 << lanes) - 1);
  for (int r = 0; r < batch; ++r) _mm512_mask_storeu_ps(y + r * y_stride, mask, sums[r]);
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
      if (x.rows - r >= 8) {
        multiply_and_store<format, 8>(tiles, rows, lanes, out, y_stride);
        r += 8;
      } else {
        multiply_and_store<format, 1>(tiles, rows, lanes, out, y_stride);
        r += 1;
      }
    }
  }
}

}  // namespace

InterleavedVariant interleaved_avx512vnni(values::DType type) {
  using values::DType;
  constexpr std::uint8_t kPlus128 = 0x80;
  switch (type) {
    case DType::kQ4_0:
      return {"matmul/cpu.avx512vnni_q4_0_16rows", kLanes, 0, multiply<kTileQ4_0>};
    case DType::kQ4_1:
      return {"matmul/cpu.avx512vnni_q4_1_16rows", kLanes, 0, multiply<kTileQ4_1>};
    case DType::kQ5_0:
      return {"matmul/cpu.avx512vnni_q5_0_16rows", kLanes, kPlus128, multiply<kTileQ8_0>};
    case DType::kQ5_1:
      return {"matmul/cpu.avx512vnni_q5_1_16rows", kLanes, kPlus128, multiply<kTileQ5_1>};
    case DType::kQ8_0:
      return {"matmul/cpu.avx512vnni_q8_0_16rows", kLanes, kPlus128, multiply<kTileQ8_0>};
    case DType::kQ4_K:
      return {"matmul/cpu.avx512vnni_q4_k_16rows", kLanes, 0, multiply<kTileQ4_K>};
    case DType::kQ5_K:
      return {"matmul/cpu.avx512vnni_q5_k_16rows", kLanes, kPlus128, multiply<kTileQ5_K>};
    default:
      return {};  // Q6_K has two scales for each lane, and offsets are for whole blocks
  }
}

}  // namespace assay::kernels::matmul
