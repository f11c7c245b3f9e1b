// SPDX-License-Identifier: Apache-2.0
#include "kernels/half/to_half.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "values/blocks.h"

namespace assay::kernels {
namespace {

TEST(ToHalf, VariantsAgreeOnEveryHalfItsNeighboursAndTheMiddleBetweenTwo) {
  std::vector<float> x;
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float half = values::f16_to_f32(static_cast<std::uint16_t>(bits));
    if (std::isnan(half)) continue;
    const auto pattern = std::bit_cast<std::uint32_t>(half);
    for (const std::uint32_t offset : {0u, 1u, 0xffffffffu, 0x1000u, 0xfffu, 0x1001u}) {
      const auto value = std::bit_cast<float>(pattern + offset);
      if (!std::isnan(value)) x.push_back(value);
    }
  }
  std::vector<std::uint16_t> expected(x.size());
  to_half_variants().front().run(x.data(), static_cast<std::int64_t>(x.size()), expected.data());
  for (const Variant<kernels::ToHalf>& variant : to_half_variants()) {
    if (!device::is_available(variant.isa)) continue;
    std::vector<std::uint16_t> got(x.size());
    variant.run(x.data(), static_cast<std::int64_t>(x.size()), got.data());
    EXPECT_EQ(got, expected) << variant.name;
  }
}

}  // namespace
}  // namespace assay::kernels
