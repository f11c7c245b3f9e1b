// SPDX-License-Identifier: Apache-2.0
#include "values/blocks.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/random.h"
#include "values/blocks_golden.h"

namespace assay::values {
namespace {

constexpr DType kBlockTypes[] = {DType::kQ4_0, DType::kQ4_1, DType::kQ5_0, DType::kQ5_1,
                                 DType::kQ8_0, DType::kQ4_K, DType::kQ5_K, DType::kQ6_K};

std::vector<std::uint32_t> words_from_hex(std::string_view hex, std::size_t digits) {
  std::vector<std::uint32_t> words;
  for (std::size_t i = 0; i < hex.size(); i += digits) {
    std::from_chars(hex.data() + i, hex.data() + i + digits, words.emplace_back(), 16);
  }
  return words;
}

std::string to_hex(std::span<const std::byte> bytes) {
  std::string hex;
  for (const std::byte byte : bytes) hex += fmt::format("{:02x}", static_cast<int>(byte));
  return hex;
}

std::vector<float> golden_input(std::size_t count) {
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back((static_cast<float>((37 * i * i + 11 * i) % 201) - 100) / 64);
  }
  return values;
}

std::vector<std::byte> encoded(DType type, std::span<const float> values) {
  std::vector<std::byte> row(
      static_cast<std::size_t>(row_bytes(type, static_cast<std::int64_t>(values.size()))));
  encode_row(type, values, row);
  return row;
}

std::vector<float> encoded_and_decoded(DType type, std::span<const float> values) {
  std::vector<float> out(values.size());
  decode_row(type, encoded(type, values), out);
  return out;
}

double relative_rms_error(std::span<const float> values, std::span<const float> got) {
  double error = 0, size = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    error += (got[i] - values[i]) * (got[i] - values[i]);
    size += values[i] * values[i];
  }
  return std::sqrt(error / size);
}

TEST(Blocks, DecodeToTheGoldenBits) {
  for (const golden::Decoded& example : golden::kDecoded) {
    std::vector<std::byte> row;
    for (const std::uint32_t byte : words_from_hex(example.bytes, 2))
      row.push_back(static_cast<std::byte>(byte));
    const std::vector<std::uint32_t> expected = words_from_hex(example.floats, 8);
    std::vector<float> out(expected.size());
    decode_row(example.type, row, out);
    for (std::size_t i = 0; i < out.size(); ++i) {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(out[i]), expected[i])
          << info(example.type).name << " value " << i;
    }
  }
}

TEST(Blocks, EncodeToTheGoldenBytes) {
  for (const golden::Encoded& example : golden::kEncoded) {
    const std::size_t count = info(example.type).block_elements == 32 ? 64 : 256;
    EXPECT_EQ(to_hex(encoded(example.type, golden_input(count))), example.bytes) << info(example.type).name;
  }
}

TEST(Blocks, Q8_0RoundsHalvesAwayFromZero) {
  std::vector<float> values(32);
  values[0] = 127;  // makes the scale 1
  values[1] = 0.5f;
  values[2] = -2.5f;
  const std::vector<float> out = encoded_and_decoded(DType::kQ8_0, values);
  EXPECT_EQ(out[1], 1.0f);
  EXPECT_EQ(out[2], -3.0f);
}

// A row of n blocks is the same as n rows of one block.
TEST(Blocks, DoNotDependOnTheirNeighbours) {
  for (const DType type : kBlockTypes) {
    const auto block = static_cast<std::size_t>(info(type).block_elements);
    const std::vector<float> values = golden_input(3 * block);
    const std::vector<float> whole = encoded_and_decoded(type, values);
    for (std::size_t i = 0; i < 3; ++i) {
      const auto part = encoded_and_decoded(type, std::span(values).subspan(i * block, block));
      EXPECT_TRUE(
          std::equal(part.begin(), part.end(), whole.begin() + static_cast<std::ptrdiff_t>(i * block)));
    }
  }
}

TEST(Blocks, KeepNormalValuesWithinTheErrorOfTheirBits) {
  Random random(7);
  std::vector<float> values(4096);
  for (float& value : values) value = static_cast<float>(random.normal());
  // Uniform steps of width w have an error of w / sqrt(12); a block of 32 normal values spans about 4.1
  // deviations.
  const double bound_4_bits = 4.6 / 15 / std::sqrt(12.0);
  const double bound_5_bits = bound_4_bits / 2;
  const std::pair<DType, double> bounds[] = {{DType::kQ4_0, bound_4_bits * 1.25},
                                             {DType::kQ4_1, bound_4_bits},
                                             {DType::kQ5_0, bound_5_bits * 1.25},
                                             {DType::kQ5_1, bound_5_bits},
                                             {DType::kQ8_0, 0.008},
                                             {DType::kQ4_K, bound_4_bits},
                                             {DType::kQ5_K, bound_5_bits},
                                             {DType::kQ6_K, 0.022},
                                             {DType::kBF16, 0.0025},
                                             {DType::kF16, 0.0004},
                                             {DType::kF32, 0}};
  for (const auto& [type, bound] : bounds) {
    EXPECT_LE(relative_rms_error(values, encoded_and_decoded(type, values)), bound) << info(type).name;
  }
}

TEST(Blocks, KeepZerosAndDecodeThemAsZero) {
  const std::vector<float> zeros(256);
  for (const DType type : kBlockTypes) {
    for (const float value : encoded_and_decoded(type, zeros)) ASSERT_EQ(value, 0.0f) << info(type).name;
  }
}

// Under the sanitizers this shows that no value leads to an undefined conversion.
TEST(Blocks, SurviveValuesThatTheyCannotHold) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float odd :
       {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN(), 3e38f, -3e38f, 1e-45f}) {
    std::vector<float> values = golden_input(256);
    values[3] = odd;
    values[200] = -odd;
    for (const DType type : kBlockTypes) (void)encoded_and_decoded(type, values);
    std::fill(values.begin(), values.end(), odd);
    for (const DType type : kBlockTypes) (void)encoded_and_decoded(type, values);
  }
}

TEST(Blocks, AcceptAnEmptyRow) {
  for (const DType type : kBlockTypes) EXPECT_TRUE(encoded_and_decoded(type, {}).empty());
}

TEST(BlocksDeathTest, RefuseARowOfAnotherSize) {
  std::vector<float> values(32);
  std::vector<std::byte> row(19);
  EXPECT_DEATH(decode_row(DType::kQ4_0, row, values), "a row of 32 q4_0 has 18 bytes, got 19");
  EXPECT_DEATH(encode_row(DType::kQ4_1, values, row), "a row of 32 q4_1 has 20 bytes, got 19");
  EXPECT_DEATH(decode_row(DType::kI8, row, std::span(values).first(19)), "i8 is not a weight type");
}

}  // namespace
}  // namespace assay::values
