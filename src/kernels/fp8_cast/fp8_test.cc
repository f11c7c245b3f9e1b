// SPDX-License-Identifier: Apache-2.0
// The definition of the cast against another definition, and the integer arithmetic against the first.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "base/random.h"
#include "kernels/fp8_cast/fp8.h"
#include "kernels/fp8_cast/fp8_encode.h"
#include "values/blocks.h"

namespace assay::kernels {
namespace {

constexpr Fp8Format kFormats[] = {Fp8Format::kE4M3, Fp8Format::kE5M2};

// The magnitudes of all finite codes and of the one step beyond them.
std::vector<double> make_steps(Fp8Format format) {
  std::vector<double> steps;
  for (int code = 0; code <= (format == Fp8Format::kE4M3 ? 0x7E : 0x7B); ++code)
    steps.push_back(fp8_to_double(static_cast<std::uint8_t>(code), format));
  steps.push_back(format == Fp8Format::kE4M3 ? 480 : 65536);
  return steps;
}

// The nearest step, ties to the even code.
std::uint8_t nearest_by_search(float value, Fp8Format format, bool saturate) {
  if (std::isnan(value)) return 0x7F;
  static const std::vector<double> kSteps[] = {make_steps(kFormats[0]), make_steps(kFormats[1])};
  const std::vector<double>& steps = kSteps[format == kFormats[0] ? 0 : 1];
  const int max_code = static_cast<int>(steps.size()) - 2;
  const double magnitude =
      std::min(std::fabs(static_cast<double>(value)), 1e6);  // far beyond: differences count
  int best = 0;
  double best_distance = std::numeric_limits<double>::infinity();
  for (int code = 0; code <= max_code + 1; ++code) {
    const double distance = std::fabs(magnitude - steps[static_cast<std::size_t>(code)]);
    if (distance < best_distance || (distance == best_distance && code % 2 == 0)) {
      best = code;
      best_distance = distance;
    }
  }
  if (best > max_code && saturate) best = max_code;
  return static_cast<std::uint8_t>(best | (std::signbit(value) ? 0x80 : 0));
}

std::uint8_t by_integers(float value, Fp8Format format, bool saturate) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const bool is_e4m3 = format == Fp8Format::kE4M3;
  std::uint32_t code =
      is_e4m3 ? fp8_encode_bits<Fp8Format::kE4M3>(bits) : fp8_encode_bits<Fp8Format::kE5M2>(bits);
  const float overflow =
      is_e4m3 ? Fp8Bits<Fp8Format::kE4M3>::kOverflow : Fp8Bits<Fp8Format::kE5M2>::kOverflow;
  if (!saturate && std::fabs(value) >= overflow) ++code;
  return static_cast<std::uint8_t>(code);
}

void expect_same(float value) {
  for (const Fp8Format format : kFormats) {
    for (const bool saturate : {false, true}) {
      const int right = nearest_by_search(value, format, saturate);
      EXPECT_EQ(fp8_from_float(value, format, saturate), right)
          << value << (format == Fp8Format::kE4M3 ? " e4m3" : " e5m2") << (saturate ? " saturating" : "");
      EXPECT_EQ(by_integers(value, format, saturate), right) << value << " by integers";
    }
  }
}

TEST(Fp8, RoundsEveryBf16ToTheNearestCode) {
  for (unsigned bits = 0; bits < 65'536; ++bits)
    expect_same(values::bf16_to_f32(static_cast<std::uint16_t>(bits)));
}

TEST(Fp8, RoundsEveryF16ToTheNearestCode) {
  for (unsigned bits = 0; bits < 65'536; ++bits)
    expect_same(values::f16_to_f32(static_cast<std::uint16_t>(bits)));
}

TEST(Fp8, RoundsFloatsBesideEveryBoundary) {
  for (const Fp8Format format : kFormats) {
    for (int code = 0; code < 0x7E; ++code) {
      const double low = fp8_to_double(static_cast<std::uint8_t>(code), format);
      const double high = fp8_to_double(static_cast<std::uint8_t>(code + 1), format);
      if (!std::isfinite(high)) continue;
      for (const double at : {low, (low + high) / 2, high}) {
        const auto value = static_cast<float>(at);
        for (const float x : {value, std::nextafter(value, 1e9f), std::nextafter(value, -1e9f)}) {
          expect_same(x);
          expect_same(-x);
        }
      }
    }
  }
  for (const float x :
       {464.0f, 480.0f, 61440.0f, 65536.0f, std::nextafter(464.0f, 0.0f), std::nextafter(464.0f, 1e9f),
        std::nextafter(61440.0f, 0.0f), std::nextafter(61440.0f, 1e9f), std::numeric_limits<float>::max(),
        std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::infinity()}) {
    expect_same(x);
    expect_same(-x);
  }
}

TEST(Fp8, RoundsRandomBitsToTheNearestCode) {
  Random random(4);
  for (int i = 0; i < 50'000; ++i) expect_same(std::bit_cast<float>(random.next_u32()));
}

TEST(Fp8, DecodesTheFormatsLandmarks) {
  EXPECT_EQ(fp8_to_double(0x7E, Fp8Format::kE4M3), 448);
  EXPECT_EQ(fp8_to_double(0x01, Fp8Format::kE4M3), 0x1p-9);
  EXPECT_EQ(fp8_to_double(0x08, Fp8Format::kE4M3), 0x1p-6);
  EXPECT_EQ(fp8_to_double(0xB8, Fp8Format::kE4M3), -1);
  EXPECT_EQ(fp8_to_double(0x7B, Fp8Format::kE5M2), 57344);
  EXPECT_EQ(fp8_to_double(0x01, Fp8Format::kE5M2), 0x1p-16);
  EXPECT_EQ(fp8_to_double(0xBC, Fp8Format::kE5M2), -1);
  EXPECT_EQ(fp8_to_double(0xFC, Fp8Format::kE5M2), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(fp8_to_double(0x7F, Fp8Format::kE4M3)));
  EXPECT_TRUE(std::isnan(fp8_to_double(0xFD, Fp8Format::kE5M2)));
}

TEST(Fp8, ScalesTheGreatestValueToTheEndOfTheRange) {
  EXPECT_EQ(fp8_dynamic_scale(2, Fp8Format::kE4M3), 224);
  EXPECT_EQ(fp8_dynamic_scale(0, Fp8Format::kE4M3), 1);
  EXPECT_EQ(fp8_dynamic_scale(std::numeric_limits<float>::infinity(), Fp8Format::kE5M2), 1);
  EXPECT_EQ(fp8_dynamic_scale(std::numeric_limits<float>::quiet_NaN(), Fp8Format::kE5M2), 1);
  EXPECT_EQ(fp8_dynamic_scale(1e-40f, Fp8Format::kE5M2), std::numeric_limits<float>::max());
}

}  // namespace
}  // namespace assay::kernels
