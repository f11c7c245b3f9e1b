// SPDX-License-Identifier: Apache-2.0
#include "values/generate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "values/blocks.h"

namespace assay::values {
namespace {

std::vector<float> decoded(const Tensor& tensor) {
  std::vector<float> values(static_cast<std::size_t>(tensor.shape().elements()));
  decode_row(tensor.dtype(), tensor.bytes(), values);
  return values;
}

TEST(Generate, GivesEqualBytesForEqualSeeds) {
  for (const DType type : {DType::kF32, DType::kI8, DType::kQ4_K, DType::kBool}) {
    Tensor a(type, {3, 256}), b(type, {3, 256}), c(type, {3, 256});
    fill(a, Normal{}, 5);
    fill(b, Normal{}, 5);
    fill(c, Normal{}, 6);
    EXPECT_TRUE(std::ranges::equal(a.bytes(), b.bytes()));
    EXPECT_FALSE(std::ranges::equal(a.bytes(), c.bytes()));
  }
}

TEST(Generate, MakesRowsThatDoNotDependOnThoseBefore) {
  Tensor small(DType::kF32, {2, 8}), large(DType::kF32, {5, 8});
  fill(small, Uniform{}, 1);
  fill(large, Uniform{}, 1);
  EXPECT_TRUE(std::ranges::equal(small.view().row(1), large.view().row(1)));
  EXPECT_FALSE(std::ranges::equal(large.view().row(0), large.view().row(1)));
}

TEST(Generate, HasTheMeanAndDeviationAskedFor) {
  std::vector<float> values(40000);
  fill(values, Normal{.mean = 3, .deviation = 2}, 1);
  double sum = 0, squares = 0;
  for (const float value : values) {
    sum += value;
    squares += (value - 3.0) * (value - 3.0);
  }
  EXPECT_NEAR(sum / 40000, 3, 0.04);
  EXPECT_NEAR(std::sqrt(squares / 40000), 2, 0.03);
}

TEST(Generate, StaysWithinItsRange) {
  Tensor tensor(DType::kF64, {1000});
  fill(tensor, Uniform{.low = 2, .high = 3}, 1);
  const auto [low, high] = std::ranges::minmax(tensor.as<double>());
  EXPECT_GE(low, 2);
  EXPECT_LT(high, 3);
  EXPECT_GT(high - low, 0.9);
}

TEST(Generate, KeepsIntegersInTheRangeOfTheirType) {
  Tensor tensor(DType::kI8, {1000});
  fill(tensor, Normal{.mean = 0, .deviation = 1000}, 1);
  EXPECT_EQ(std::ranges::max(tensor.as<std::int8_t>()), 127);
  EXPECT_EQ(std::ranges::min(tensor.as<std::int8_t>()), -128);
  Tensor natural(DType::kU64, {2});
  fill(natural, Constant{-1}, 1);
  EXPECT_EQ(natural.as<std::uint64_t>()[1], 0u);
}

TEST(Generate, EncodesQuantisedTypes) {
  Tensor tensor(DType::kQ8_0, {2, 64});
  fill(tensor, Constant{1.5}, 1);
  for (const float value : decoded(tensor)) EXPECT_NEAR(value, 1.5, 1e-3);
  Tensor half(DType::kF16, {2, 64});
  fill(half, Constant{1.5}, 1);
  for (const float value : decoded(half)) EXPECT_EQ(value, 1.5f);
}

TEST(Generate, AcceptsEmptyTensors) {
  for (const Shape& shape : {Shape{0, 256}, Shape{256, 0}}) {
    Tensor plain(DType::kF64, shape), blocks(DType::kQ4_K, shape);
    fill(plain, Normal{}, 1);
    fill(blocks, Normal{}, 1);
    EXPECT_TRUE(plain.bytes().empty());
  }
}

}  // namespace
}  // namespace assay::values
