// SPDX-License-Identifier: Apache-2.0
#include "values/dtype.h"

#include <gtest/gtest.h>

#include <limits>

namespace assay::values {
namespace {

TEST(DType, IsFoundByTheNameThatItPrints) {
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto type = static_cast<DType>(i);
    EXPECT_EQ(dtype_from_name(info(type).name), type) << info(type).name;
  }
  EXPECT_EQ(dtype_from_name("Q4_K"), DType::kQ4_K);
  EXPECT_EQ(dtype_from_name("q4"), std::nullopt);
}

TEST(DType, CountsWholeBlocksOnly) {
  EXPECT_EQ(row_bytes(DType::kQ4_1, 576), 576 / 32 * 20);
  EXPECT_EQ(row_bytes(DType::kQ6_K, 0), 0);
  EXPECT_EQ(row_bytes(DType::kBF16, 3), 6);
  EXPECT_EQ(checked_row_bytes(DType::kQ8_0, 33), std::nullopt);
  EXPECT_EQ(checked_row_bytes(DType::kF32, -1), std::nullopt);
  EXPECT_EQ(checked_row_bytes(DType::kF32, std::numeric_limits<std::int64_t>::max()), std::nullopt);
}

}  // namespace
}  // namespace assay::values
