// SPDX-License-Identifier: Apache-2.0
#include "values/blocks_encode.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "values/blocks.h"

namespace assay::values {
namespace {

float inverse_or_zero(float d) { return d != 0 ? 1 / d : 0; }

// The value of largest magnitude, with its sign; the first of equals.
float extreme(const float* values, int count) {
  float found = 0;
  for (int j = 0; j < count; ++j) {
    if (std::fabs(values[j]) > std::fabs(found)) found = values[j];
  }
  return found;
}

// Q4_0, Q4_1, Q5_0, Q5_1. Codes are rounded half up (adding a half and cutting off), with the scale before it
// is itself rounded to binary16.
template <typename Block>
void encode(const float* values, Block& block) {
  constexpr int kLevels = BlockWithHighBits<Block> ? 32 : 16;
  float d = 0, zero = 0, shift = 0.5f;
  if constexpr (BlockWithMinimum<Block>) {
    zero = *std::min_element(values, values + 32);
    d = (*std::max_element(values, values + 32) - zero) / (kLevels - 1);
    block.m = f32_to_f16(zero);
  } else {
    d = extreme(values, 32) / -(kLevels / 2);  // the extreme gets code 0, which has the greater magnitude
    shift = kLevels / 2 + 0.5f;
  }
  block.d = f32_to_f16(d);
  const float inverse = inverse_or_zero(d);
  for (int j = 0; j < 32; ++j) {
    const float scaled = (values[j] - zero) * inverse + shift;
    const int code = to_code(scaled, 0, kLevels - 1, [](float v) { return std::floor(v); });
    block.codes[j % 16] |= static_cast<std::uint8_t>((code & 15) << (j < 16 ? 0 : 4));
    if constexpr (BlockWithHighBits<Block>)
      block.high[j / 8] |= static_cast<std::uint8_t>((code >> 4) << (j % 8));
  }
}

// Codes are rounded to nearest, halves away from zero.
void encode(const float* values, BlockQ8_0& block) {
  const float d = std::fabs(extreme(values, 32)) / 127;
  const float inverse = inverse_or_zero(d);
  block.d = f32_to_f16(d);
  for (int j = 0; j < 32; ++j) {
    const int code = to_code(values[j] * inverse, -127, 127, [](float v) { return std::round(v); });
    block.codes[j] = static_cast<std::int8_t>(code);
  }
}

template <typename Block>
void encode_blocks(std::span<const float> values, std::span<std::byte> row) {
  const std::size_t count = row.size() / sizeof(Block);
  for (std::size_t i = 0; i < count; ++i) {
    Block block{};
    encode(values.data() + i * (values.size() / count), block);
    std::memcpy(row.data() + i * sizeof(Block), &block, sizeof(Block));
  }
}

template <std::uint16_t (*convert)(float)>
void encode_halves(std::span<const float> values, std::span<std::byte> row) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t bits = convert(values[i]);
    std::memcpy(row.data() + 2 * i, &bits, 2);
  }
}

}  // namespace

void encode_row(DType type, std::span<const float> values, std::span<std::byte> row) {
  const auto expected = row_bytes(type, static_cast<std::int64_t>(values.size()));
  ASSAY_CHECK(static_cast<std::int64_t>(row.size()) == expected, "a row of {} {} has {} bytes, got {}",
              values.size(), info(type).name, expected, row.size());
  if (values.empty()) return;
  switch (type) {
    case DType::kF32:
      std::memcpy(row.data(), values.data(), row.size());
      return;
    case DType::kF16:
      return encode_halves<f32_to_f16>(values, row);
    case DType::kBF16:
      return encode_halves<f32_to_bf16>(values, row);
    case DType::kQ4_0:
      return encode_blocks<BlockQ4_0>(values, row);
    case DType::kQ4_1:
      return encode_blocks<BlockQ4_1>(values, row);
    case DType::kQ5_0:
      return encode_blocks<BlockQ5_0>(values, row);
    case DType::kQ5_1:
      return encode_blocks<BlockQ5_1>(values, row);
    case DType::kQ8_0:
      return encode_blocks<BlockQ8_0>(values, row);
    case DType::kQ4_K:
      return encode_blocks<BlockQ4_K>(values, row);
    case DType::kQ5_K:
      return encode_blocks<BlockQ5_K>(values, row);
    case DType::kQ6_K:
      return encode_blocks<BlockQ6_K>(values, row);
    default:
      ASSAY_CHECK(false, "{} is not a weight type", info(type).name);
  }
}

}  // namespace assay::values
