// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "values/blocks.h"

namespace assay::values {
namespace {

std::uint32_t bits(float value) { return std::bit_cast<std::uint32_t>(value); }

TEST(Half, EveryBinary16ComesBackFromFloat) {
  for (std::uint32_t i = 0; i < 65536; ++i) {
    const auto half = static_cast<std::uint16_t>(i);
    const float value = f16_to_f32(half);
    if (std::isnan(value)) {
      EXPECT_EQ(f32_to_f16(value) & 0x7fff, 0x7e00);
    } else {
      ASSERT_EQ(f32_to_f16(value), half);
    }
  }
}

TEST(Half, Binary16HasItsKnownValues) {
  EXPECT_EQ(f16_to_f32(0x3c00), 1.0f);
  EXPECT_EQ(f16_to_f32(0x3555), 0x1.554p-2f);
  EXPECT_EQ(f16_to_f32(0x0001), 0x1p-24f);
  EXPECT_EQ(f16_to_f32(0x83ff), -0x1.ff8p-15f);
  EXPECT_EQ(f16_to_f32(0xfbff), -65504.0f);
  EXPECT_EQ(bits(f16_to_f32(0x8000)), 0x80000000u);
  EXPECT_EQ(f16_to_f32(0x7c00), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(f16_to_f32(0x7c01)));
}

// Between two neighbours the middle goes to the even one, and what lies beside the middle to the nearer one.
TEST(Half, Binary16RoundsToNearestEvenBetweenAllNeighbours) {
  for (std::uint16_t low = 0; low < 0x7bff; ++low) {
    const auto high = static_cast<std::uint16_t>(low + 1);
    const float middle = (f16_to_f32(low) + f16_to_f32(high)) / 2;
    ASSERT_EQ(f32_to_f16(middle), (low & 1) != 0 ? high : low);
    ASSERT_EQ(f32_to_f16(std::nextafter(middle, 0.0f)), low);
    ASSERT_EQ(f32_to_f16(-std::nextafter(middle, 1e9f)), high | 0x8000);
  }
}

TEST(Half, Binary16OverflowsToInfinityFromTheMiddleOn) {
  EXPECT_EQ(f32_to_f16(std::nextafter(65520.0f, 0.0f)), 0x7bff);
  EXPECT_EQ(f32_to_f16(65520.0f), 0x7c00);
  EXPECT_EQ(f32_to_f16(-std::numeric_limits<float>::infinity()), 0xfc00);
}

TEST(Half, Bfloat16RoundsToNearestEven) {
  EXPECT_EQ(bits(bf16_to_f32(0x3f80)), 0x3f800000u);
  const auto from_bits = [](std::uint32_t value) { return f32_to_bf16(std::bit_cast<float>(value)); };
  EXPECT_EQ(from_bits(0x3f808000), 0x3f80);
  EXPECT_EQ(from_bits(0x3f818000), 0x3f82);
  EXPECT_EQ(from_bits(0x3f808001), 0x3f81);
  EXPECT_EQ(from_bits(0x7f7fffff), 0x7f80);
  EXPECT_EQ(from_bits(0xff800000), 0xff80);
  EXPECT_EQ(from_bits(0x7f800001), 0x7fc0);  // a NaN whose upper bits alone would be infinity
}

}  // namespace
}  // namespace assay::values
