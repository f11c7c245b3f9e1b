// SPDX-License-Identifier: Apache-2.0
// Half precision by integer arithmetic: the same bits on every machine, with or without F16C.
#include <bit>
#include <cmath>

#include "values/blocks.h"

namespace assay::values {
namespace {
constexpr std::uint32_t kF32Infinity = 0x7f800000;
}

float f16_to_f32(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000u) << 16;
  const std::uint32_t exponent = (bits >> 10) & 31u;
  const std::uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 0) {  // zero and subnormals: multiples of 2^-24
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  if (exponent == 31) {
    const std::uint32_t quiet = mantissa != 0 ? 0x400000u : 0u;
    return std::bit_cast<float>(sign | kF32Infinity | (mantissa << 13) | quiet);
  }
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

std::uint16_t f32_to_f16(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000u;
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  std::uint32_t half = 0;
  if (magnitude > kF32Infinity) {
    half = 0x7e00;  // a quiet NaN; its payload is dropped
  } else if (magnitude >= 0x477ff000) {
    half = 0x7c00;                       // 65520 and more round to infinity
  } else if (magnitude >= 0x38800000) {  // at least 2^-14: normal
    const std::uint32_t even = (magnitude >> 13) & 1u;
    half = (magnitude - (112u << 23) + 0xfffu + even) >> 13;
  } else {
    // The last bit of 0.5f is worth 2^-24, as that of a subnormal half: the addition does the rounding.
    half = std::bit_cast<std::uint32_t>(std::fabs(value) + 0.5f) - std::bit_cast<std::uint32_t>(0.5f);
  }
  return static_cast<std::uint16_t>(sign | half);
}

float bf16_to_f32(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

std::uint16_t f32_to_bf16(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffu) > kF32Infinity) return static_cast<std::uint16_t>((bits >> 16) | 0x40u);
  return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

}  // namespace assay::values
