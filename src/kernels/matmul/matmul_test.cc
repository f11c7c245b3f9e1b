// SPDX-License-Identifier: Apache-2.0
// What the generic conformance program does not state: quantised activations and the choice of a variant.
#include "kernels/matmul/matmul.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.h"
#include "kernels/large_memory.h"
#include "values/blocks.h"

namespace assay::kernels {
namespace {

Activations random_activations(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  Activations x;
  x.reserve(rows, cols);
  x.rows = rows;
  x.cols = cols;
  Random random(seed);
  for (float& value : x.f32) value = static_cast<float>(random.normal() * std::exp(random.normal()));
  return x;
}

TEST(QuantiseActivations, RoundsToNearestEvenAndKeepsSums) {
  Activations x = random_activations(1, 32, 1);
  std::fill(x.f32.begin(), x.f32.end(), 0.0f);
  x.f32[0] = 127;
  x.f32[1] = 2.5f;
  x.f32[2] = -3.5f;
  x.f32[3] = 0.5f;
  quantise_activations(x, {0, 1}, device::Isa::kReference);
  EXPECT_EQ(x.scales[0], 1.0f);
  EXPECT_EQ(x.q8[0], 127);
  EXPECT_EQ(x.q8[1], 2);
  EXPECT_EQ(x.q8[2], -4);
  EXPECT_EQ(x.q8[3], 0);
  EXPECT_EQ(x.scaled_sums[0], 125.0f);
  EXPECT_EQ(x.offsets[0], -128 * 125);
}

TEST(QuantiseActivations, HasTheSameBitsOnEveryIsa) {
  if (!device::is_available(device::Isa::kAvx2)) GTEST_SKIP() << "no avx2";
  for (const std::int64_t cols : {1, 31, 32, 33, 576, 1000}) {
    Activations x = random_activations(3, cols, static_cast<std::uint64_t>(cols));
    x.f32[0] = 1e-35f;  // may be the whole block: counts as zeros
    x.f32[x.f32.size() - 1] = std::numeric_limits<float>::max();
    if (cols > 100) x.f32[40] = std::numeric_limits<float>::infinity();
    if (cols > 100) x.f32[70] = std::numeric_limits<float>::quiet_NaN();
    Activations y = x;
    quantise_activations(x, {0, 3}, device::Isa::kReference);
    quantise_activations(y, {0, 3}, device::Isa::kAvx2);
    EXPECT_EQ(x.q8, y.q8);
    EXPECT_EQ(x.offsets, y.offsets);
    EXPECT_EQ(0, std::memcmp(x.scales.data(), y.scales.data(), x.scales.size() * sizeof(float)));
    EXPECT_EQ(0,
              std::memcmp(x.scaled_sums.data(), y.scaled_sums.data(), x.scaled_sums.size() * sizeof(float)));
  }
}

TEST(QuantiseActivations, StaysWithinHalfAStep) {
  Activations x = random_activations(2, 100, 7);
  quantise_activations(x, {0, 2}, device::Isa::kReference);
  for (std::int64_t row = 0; row < 2; ++row) {
    for (std::int64_t k = 0; k < 100; ++k) {
      const float scale = x.scales[static_cast<std::size_t>(row * 4 + k / 32)];
      const float back = scale * static_cast<float>(x.q8[static_cast<std::size_t>(row * 128 + k)]);
      EXPECT_NEAR(back, x.f32[static_cast<std::size_t>(row * 100 + k)], scale * 0.5001f);
    }
  }
}

TEST(QuantiseActivations, MarksBlocksThatAreNotFinite) {
  for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    Activations x = random_activations(1, 64, 3);
    x.f32[5] = bad;
    quantise_activations(x, {0, 1}, device::best_isa());
    EXPECT_TRUE(std::isnan(x.scales[0]));
    EXPECT_TRUE(std::isnan(x.scaled_sums[0]));
    EXPECT_TRUE(std::isfinite(x.scales[1]));
  }
}

TEST(QuantiseActivations, ZerosHaveScaleZero) {
  Activations x = random_activations(1, 32, 3);
  std::fill(x.f32.begin(), x.f32.end(), -0.0f);
  quantise_activations(x, {0, 1}, device::best_isa());
  EXPECT_EQ(x.scales[0], 0.0f);
  EXPECT_EQ(x.scaled_sums[0], 0.0f);
}

TEST(PackMatrix, RejectsTypesAndShapesWithoutAKernel) {
  const std::vector<std::byte> bytes(64);
  const auto integers = pack_matrix({values::DType::kI32, {4, 4}, bytes}, device::best_isa());
  ASSERT_FALSE(integers.has_value());
  EXPECT_EQ(integers.error().code, ErrorCode::kUnsupported);
  const auto cube = pack_matrix({values::DType::kF32, {2, 2, 4}, bytes}, device::best_isa());
  ASSERT_FALSE(cube.has_value());
  EXPECT_NE(cube.error().message.find("2x2x4"), std::string::npos);
}

TEST(PackMatrix, ReferenceMultipliesByHand) {
  const std::vector<float> w = {1, 2, 3, 4, 5, 6};
  const values::TensorView view{values::DType::kF32, {2, 3}, std::as_bytes(std::span(w))};
  auto matrix = pack_matrix(view, device::Isa::kReference);
  ASSERT_TRUE(matrix.has_value());
  Activations x = random_activations(1, 3, 1);
  x.f32 = {1, 10, 100};
  std::vector<float> y(2);
  (*matrix)->multiply(x, y.data(), 2, {0, 2});
  EXPECT_EQ(y, (std::vector<float>{321, 654}));
  EXPECT_EQ((*matrix)->variant(), "matmul/reference");
}

TEST(LargeMemory, GivesPartsThatDoNotOverlap) {
  std::vector<std::shared_ptr<std::byte>> parts;
  for (const std::size_t size : {1u, 64u, 100u, 20u << 20, 3u, 16u << 20}) {
    parts.push_back(take_large_memory(size));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(parts.back().get()) % 64, 0u);
    std::memset(parts.back().get(), static_cast<int>(parts.size()), size);
  }
  for (std::size_t i = 0; i < parts.size(); ++i) EXPECT_EQ(static_cast<std::size_t>(*parts[i]), i + 1);
}

}  // namespace
}  // namespace assay::kernels
