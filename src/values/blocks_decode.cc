// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "base/check.h"
#include "values/block_layout.h"
#include "values/blocks.h"

namespace assay::values {
namespace {

// Q4_0, Q4_1, Q5_0, Q5_1.
template <typename Block>
void decode(const Block& block, float* out) {
  const float d = f16_to_f32(block.d);
  for (int j = 0; j < 32; ++j) {
    int code = j < 16 ? block.codes[j] & 15 : block.codes[j - 16] >> 4;
    if constexpr (BlockWithHighBits<Block>) code |= (block.high[j / 8] >> (j % 8) & 1) << 4;
    if constexpr (BlockWithMinimum<Block>) {
      out[j] = static_cast<float>(code) * d + f16_to_f32(block.m);
    } else {
      out[j] = static_cast<float>(code - (BlockWithHighBits<Block> ? 16 : 8)) * d;
    }
  }
}

void decode(const BlockQ8_0& block, float* out) {
  const float d = f16_to_f32(block.d);
  for (int j = 0; j < 32; ++j) out[j] = static_cast<float>(block.codes[j]) * d;
}

int group_scale(const std::uint8_t* scales, int g) {
  return g < 4 ? scales[g] & 63 : (scales[g + 4] & 15) | (scales[g - 4] >> 6 << 4);
}

int group_minimum(const std::uint8_t* scales, int g) {
  return g < 4 ? scales[g + 4] & 63 : (scales[g + 4] >> 4) | (scales[g] >> 6 << 4);
}

// Q4_K, Q5_K.
template <typename Block>
void decode_k(const Block& block, float* out) {
  for (int g = 0; g < 8; ++g) {
    const float scale = f16_to_f32(block.d) * static_cast<float>(group_scale(block.scales, g));
    const float minimum = f16_to_f32(block.dmin) * static_cast<float>(group_minimum(block.scales, g));
    for (int l = 0; l < 32; ++l) {
      int code = block.codes[32 * (g / 2) + l] >> (4 * (g % 2)) & 15;
      if constexpr (BlockWithHighBits<Block>) code |= (block.high[l] >> g & 1) << 4;
      *out++ = scale * static_cast<float>(code) - minimum;
    }
  }
}
void decode(const BlockQ4_K& block, float* out) { decode_k(block, out); }
void decode(const BlockQ5_K& block, float* out) { decode_k(block, out); }

void decode(const BlockQ6_K& block, float* out) {
  const float d = f16_to_f32(block.d);
  for (int i = 0; i < 256; ++i) {
    const int h = i / 128, q = i / 32 % 4, l = i % 32;
    const int low = block.codes[64 * h + 32 * (q % 2) + l] >> (4 * (q / 2)) & 15;
    const int high = block.high[32 * h + l] >> (2 * q) & 3;
    out[i] = d * static_cast<float>(block.scales[i / 16]) * static_cast<float>((low | high << 4) - 32);
  }
}

template <typename Block>
void decode_blocks(std::span<const std::byte> row, std::span<float> out) {
  const std::size_t count = row.size() / sizeof(Block);
  for (std::size_t i = 0; i < count; ++i) {
    Block block;
    std::memcpy(&block, row.data() + i * sizeof(Block), sizeof(Block));
    decode(block, out.data() + i * (out.size() / count));
  }
}

template <float (*convert)(std::uint16_t)>
void decode_halves(std::span<const std::byte> row, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, row.data() + 2 * i, 2);
    out[i] = convert(bits);
  }
}

}  // namespace

void decode_row(DType type, std::span<const std::byte> row, std::span<float> out) {
  const auto expected = row_bytes(type, static_cast<std::int64_t>(out.size()));
  ASSAY_CHECK(static_cast<std::int64_t>(row.size()) == expected, "a row of {} {} has {} bytes, got {}",
              out.size(), info(type).name, expected, row.size());
  if (out.empty()) return;
  switch (type) {
    case DType::kF32:
      std::memcpy(out.data(), row.data(), row.size());
      return;
    case DType::kF16:
      return decode_halves<f16_to_f32>(row, out);
    case DType::kBF16:
      return decode_halves<bf16_to_f32>(row, out);
    case DType::kQ4_0:
      return decode_blocks<BlockQ4_0>(row, out);
    case DType::kQ4_1:
      return decode_blocks<BlockQ4_1>(row, out);
    case DType::kQ5_0:
      return decode_blocks<BlockQ5_0>(row, out);
    case DType::kQ5_1:
      return decode_blocks<BlockQ5_1>(row, out);
    case DType::kQ8_0:
      return decode_blocks<BlockQ8_0>(row, out);
    case DType::kQ4_K:
      return decode_blocks<BlockQ4_K>(row, out);
    case DType::kQ5_K:
      return decode_blocks<BlockQ5_K>(row, out);
    case DType::kQ6_K:
      return decode_blocks<BlockQ6_K>(row, out);
    default:
      ASSAY_CHECK(false, "{} is not a weight type", info(type).name);
  }
}

}  // namespace assay::values
