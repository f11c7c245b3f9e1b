// SPDX-License-Identifier: Apache-2.0
#pragma once
// The two 8-bit floating-point formats and the rounding to them, as definition: plain arithmetic in double
// that everything else in this folder is checked against. Source: OCP 8-bit Floating Point Specification
// (OFP8), revision 1.0, 2023.
//            exponent  mantissa  bias  largest finite   infinity    NaN
//   e4m3     4 bits    3 bits    7     448 (0x7E)       none        0x7F, 0xFF
//   e5m2     5 bits    2 bits    15    57344 (0x7B)     0x7C, 0xFC  0x7D..0x7F, 0xFD..0xFF
// Rounding is to nearest, ties to the even code, subnormals included. What leaves the finite range after
// rounding (an infinity does too) becomes
//              saturating                     not saturating
//   e4m3       largest finite, sign kept      NaN, sign kept (0x7F, 0xFF)
//   e5m2       largest finite, sign kept      infinity, sign kept (0x7C, 0xFC)
// that is, without saturation, the code after the largest finite one. A NaN becomes 0x7F, whatever its sign.
// Not supported: stochastic rounding, the variants without negative zero (fnuz), micro-scaling blocks.
#include <cstdint>

namespace assay::kernels {

enum class Fp8Format : std::uint8_t { kE4M3, kE5M2 };

[[nodiscard]] double fp8_max(Fp8Format format);  // 448 or 57344

// The value of a code; infinities and NaN as such.
[[nodiscard]] double fp8_to_double(std::uint8_t code, Fp8Format format);

// The code of a value, by the table above.
[[nodiscard]] std::uint8_t fp8_from_float(float value, Fp8Format format, bool saturate);

// The scale that a tensor gets by its own amax: fp8_max / amax in float, at most FLT_MAX; 1 if amax is 0,
// infinite or NaN.
[[nodiscard]] float fp8_dynamic_scale(float amax, Fp8Format format);

}  // namespace assay::kernels
