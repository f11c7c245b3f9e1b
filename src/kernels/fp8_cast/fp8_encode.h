// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rounding to FP8 by integer arithmetic on the bits of a float, for devices whose hardware has no such
// conversion (before compute capability 8.9). constexpr, so that host and device run the same lines and
// fp8_test.cc proves them without a device.
#include <bit>
#include <cstdint>

#include "kernels/fp8_cast/fp8.h"

namespace assay::kernels {

template <Fp8Format format>
struct Fp8Bits {
  static constexpr bool kIsE4M3 = format == Fp8Format::kE4M3;
  static constexpr int kDroppedBits = kIsE4M3 ? 20 : 21;                  // of a float's mantissa
  static constexpr std::uint32_t kExponentShift = kIsE4M3 ? 120u : 112u;  // float's bias less ours
  static constexpr std::uint32_t kMaxCode = kIsE4M3 ? 0x7Eu : 0x7Bu;
  static constexpr float kMax = kIsE4M3 ? 448.0f : 57344.0f;
  static constexpr float kLeastNormal = kIsE4M3 ? 0x1p-6f : 0x1p-14f;
  // The last bit of this float is worth one unit of a subnormal code.
  static constexpr float kSubnormalAnchor = kIsE4M3 ? 0x1p14f : 0x1p7f;
  // The least magnitude that leaves the range: 464 is a tie and goes down to the even 448, 61440 is a tie and
  // goes up.
  static constexpr float kOverflow = kIsE4M3 ? 464.00003f : 61440.0f;
};

// The saturated code of the float with these bits.
template <Fp8Format format>
constexpr std::uint32_t fp8_encode_bits(std::uint32_t bits) {
  using Bits = Fp8Bits<format>;
  const std::uint32_t sign = (bits >> 24) & 0x80u;
  const std::uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) return 0x7Fu;
  std::uint32_t code = 0;
  if (magnitude >= std::bit_cast<std::uint32_t>(Bits::kLeastNormal)) {
    const std::uint32_t even = (magnitude >> Bits::kDroppedBits) & 1u;
    const std::uint32_t half = (1u << (Bits::kDroppedBits - 1)) - 1u;
    code = ((magnitude + half + even) >> Bits::kDroppedBits) -
           (Bits::kExponentShift << (23 - Bits::kDroppedBits));
    code = code < Bits::kMaxCode ? code : Bits::kMaxCode;
  } else {
    // The addition rounds to a whole number of units, to nearest even.
    const float sum = std::bit_cast<float>(magnitude) + Bits::kSubnormalAnchor;
    code = std::bit_cast<std::uint32_t>(sum) - std::bit_cast<std::uint32_t>(Bits::kSubnormalAnchor);
  }
  return sign | code;
}

}  // namespace assay::kernels
