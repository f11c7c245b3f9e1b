// SPDX-License-Identifier: Apache-2.0
#include "kernels/fp8_cast/fp8.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>

namespace assay::kernels {
namespace {

struct Layout {
  int mantissa_bits;
  int least_exponent;  // of normal numbers
  double max;
  unsigned max_code;
};

Layout layout_of(Fp8Format format) {
  return format == Fp8Format::kE4M3 ? Layout{3, -6, 448, 0x7E} : Layout{2, -14, 57344, 0x7B};
}

}  // namespace

double fp8_max(Fp8Format format) { return layout_of(format).max; }

double fp8_to_double(std::uint8_t code, Fp8Format format) {
  const Layout l = layout_of(format);
  const int magnitude = code & 0x7F;
  const int exponent = magnitude >> l.mantissa_bits;
  const int mantissa = magnitude & ((1 << l.mantissa_bits) - 1);
  double value = 0;
  if (magnitude > static_cast<int>(l.max_code)) {
    const bool is_infinite = format == Fp8Format::kE5M2 && mantissa == 0;
    value = is_infinite ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  } else if (exponent == 0) {
    value = std::ldexp(mantissa, l.least_exponent - l.mantissa_bits);
  } else {
    value = std::ldexp((1 << l.mantissa_bits) + mantissa, l.least_exponent + exponent - 1 - l.mantissa_bits);
  }
  return (code & 0x80) != 0 ? -value : value;
}

std::uint8_t fp8_from_float(float value, Fp8Format format, bool saturate) {
  if (std::isnan(value)) return 0x7F;
  const Layout l = layout_of(format);
  const double magnitude = std::fabs(static_cast<double>(value));
  const unsigned sign = std::signbit(value) ? 0x80 : 0;
  const unsigned beyond = sign | (saturate ? l.max_code : l.max_code + 1);
  if (std::isinf(magnitude)) return static_cast<std::uint8_t>(beyond);
  const int exponent = magnitude == 0 ? l.least_exponent : std::max(std::ilogb(magnitude), l.least_exponent);
  // How many units of the last place: below 2^mantissa_bits only for subnormals, at most twice that.
  const double units = std::nearbyint(std::ldexp(magnitude, l.mantissa_bits - exponent));
  if (std::ldexp(units, exponent - l.mantissa_bits) > l.max) return static_cast<std::uint8_t>(beyond);
  const int code = ((exponent - l.least_exponent) << l.mantissa_bits) + static_cast<int>(units);
  return static_cast<std::uint8_t>(sign | static_cast<unsigned>(code));
}

float fp8_dynamic_scale(float amax, Fp8Format format) {
  if (amax == 0 || !std::isfinite(amax)) return 1;
  return std::min(static_cast<float>(fp8_max(format)) / amax, FLT_MAX);
}

}  // namespace assay::kernels
