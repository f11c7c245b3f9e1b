// SPDX-License-Identifier: Apache-2.0
#include "values/tensor.h"

#include <gtest/gtest.h>

namespace assay::values {
namespace {

TEST(Shape, CountsItsElements) {
  EXPECT_EQ(Shape().elements(), 1);
  EXPECT_EQ(Shape({2, 3, 4}).elements(), 24);
  EXPECT_EQ(Shape({5, 0}).elements(), 0);
  EXPECT_EQ(Shape({64, 576}).to_string(), "64x576");
  EXPECT_EQ(Shape().to_string(), "scalar");
}

TEST(ShapeDeathTest, RefusesNegativeDimensionsAndOverflow) {
  EXPECT_DEATH(Shape({-1}), "dimension 0 is -1");
  EXPECT_DEATH((void)Shape({1LL << 40, 1LL << 40}).elements(), "overflows");
}

TEST(Tensor, OwnsAlignedBytes) {
  Tensor tensor(DType::kF16, {3, 5});
  EXPECT_EQ(tensor.bytes().size(), 30u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.bytes().data()) % 64, 0u);
  EXPECT_EQ(tensor.as<std::uint16_t>().size(), 15u);
}

TEST(Tensor, GivesRowsOfBlocks) {
  Tensor tensor(DType::kQ8_0, {2, 3, 64});
  EXPECT_EQ(tensor.bytes().size(), 6u * 68);
  const TensorView view = tensor.view();
  EXPECT_EQ(view.rows(), 6);
  EXPECT_EQ(view.row_elements(), 64);
  EXPECT_EQ(view.row(5).data(), tensor.bytes().data() + 5 * 68);
  EXPECT_EQ(view.row(5).size(), 68u);
}

TEST(Tensor, HoldsAScalarAndNothing) {
  EXPECT_EQ(Tensor(DType::kF32, Shape()).bytes().size(), 4u);
  EXPECT_EQ(Tensor(DType::kF32, {0}).bytes().size(), 0u);
  EXPECT_EQ(Tensor(DType::kF32, {0, 4}).view().rows(), 0);
}

}  // namespace
}  // namespace assay::values
