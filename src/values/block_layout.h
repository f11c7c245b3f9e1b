// SPDX-License-Identifier: Apache-2.0
#pragma once
// The bytes of the quantised blocks of GGUF and what they mean. Scales are binary16 bits (f16_to_f32 decodes
// them). Blocks lie one after another without padding; a struct needs an alignment of 2, so copy it out with
// memcpy where the row may lie at an odd address. Source: the GGUF specification and ggml's block
// definitions.
// Not supported: big-endian machines.
#include <cstdint>

namespace assay::values {

// Blocks of 32. Value j < 16 has the low four bits of codes[j], value j + 16 the high four; a fifth bit is
// bit j of `high` (counted from bit 0 of high[0]).
struct BlockQ4_0 {  // (code - 8) * d
  std::uint16_t d;
  std::uint8_t codes[16];
};
struct BlockQ4_1 {  // code * d + m
  std::uint16_t d, m;
  std::uint8_t codes[16];
};
struct BlockQ5_0 {  // (code - 16) * d
  std::uint16_t d;
  std::uint8_t high[4];
  std::uint8_t codes[16];
};
struct BlockQ5_1 {  // code * d + m
  std::uint16_t d, m;
  std::uint8_t high[4];
  std::uint8_t codes[16];
};
struct BlockQ8_0 {  // code * d
  std::uint16_t d;
  std::int8_t codes[32];
};

// Blocks of 256. Q4_K and Q5_K have 8 groups of 32 with a 6-bit scale and a 6-bit minimum each, packed in
// `scales`: group g < 4 has its scale in the low six bits of scales[g] and its minimum in those of
// scales[g + 4]; group g >= 4 has the low four bits of its scale and minimum in the low and high half of
// scales[g + 4], and their upper two bits at the top of scales[g - 4] and scales[g]. Value l of group g: half
// g % 2 of codes[32 * (g / 2) + l], and bit g of high[l].
struct BlockQ4_K {  // code * (d * scale) - dmin * minimum
  std::uint16_t d, dmin;
  std::uint8_t scales[12];
  std::uint8_t codes[128];
};
struct BlockQ5_K {  // code * (d * scale) - dmin * minimum
  std::uint16_t d, dmin;
  std::uint8_t scales[12];
  std::uint8_t high[32];
  std::uint8_t codes[128];
};
// 16 groups of 16, each with an 8-bit scale. Value 128 * h + 32 * q + l (h < 2, q < 4, l < 32): half q / 2 of
// codes[64 * h + 32 * (q % 2) + l], and the upper two bits from bit 2 * q of high[32 * h + l].
struct BlockQ6_K {  // (code - 32) * (d * scale)
  std::uint8_t codes[128];
  std::uint8_t high[64];
  std::int8_t scales[16];
  std::uint16_t d;
};

static_assert(sizeof(BlockQ4_0) == 18 && sizeof(BlockQ4_1) == 20 && sizeof(BlockQ5_0) == 22);
static_assert(sizeof(BlockQ5_1) == 24 && sizeof(BlockQ8_0) == 34);
static_assert(sizeof(BlockQ4_K) == 144 && sizeof(BlockQ5_K) == 176 && sizeof(BlockQ6_K) == 210);

// Which of the blocks of 32 have a minimum, and which 4- and 5-bit blocks of any size have a plane of high
// bits.
template <typename Block>
concept BlockWithMinimum = requires(Block block) {
  block.m;
};
template <typename Block>
concept BlockWithHighBits = requires(Block block) {
  block.high;
};

}  // namespace assay::values
