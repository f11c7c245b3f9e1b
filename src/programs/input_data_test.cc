// SPDX-License-Identifier: Apache-2.0
#include "programs/input_data.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace assay::programs {
namespace {

// Of a large input not all elements are looked at, but some from everywhere.
TEST(InputData, LooksAtAllPartsOfALargeInputForConstants) {
  const BufferSpec spec{"x", Role::kIn, DType::kF32, 1024, 1024};
  const auto size = static_cast<std::size_t>(spec.rows * spec.cols * 4);
  suite::Contents contents{std::vector<std::byte>(size)};
  suite::fill(spec, Point(), 1, contents[0]);
  EXPECT_LT(*constant_share({spec}, contents), 0.01);
  const auto quarter = static_cast<std::ptrdiff_t>(size / 4);
  std::fill(contents[0].begin(), contents[0].begin() + quarter, std::byte{0});
  EXPECT_NEAR(*constant_share({spec}, contents), 0.25, 0.01);
  EXPECT_TRUE(constant_numbers({spec}, contents).empty());
  std::fill(contents[0].begin(), contents[0].begin() + 3 * quarter, std::byte{0});
  EXPECT_NEAR(*constant_share({spec}, contents), 0.75, 0.01);
  EXPECT_EQ(constant_numbers({spec}, contents).size(), 1u);
}

}  // namespace
}  // namespace assay::programs
