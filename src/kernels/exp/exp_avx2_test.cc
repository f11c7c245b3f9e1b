// SPDX-License-Identifier: Apache-2.0
#include "kernels/exp/exp_avx2.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "device/cpu_features.h"

namespace assay::kernels {
namespace {

ASSAY_TARGET_AVX2 void exp_of_eight(const float* x, float* y) {
  _mm256_storeu_ps(y, exp_avx2(_mm256_loadu_ps(x)));
}

class ExpAvx2 : public ::testing::Test {
  void SetUp() override {
    if (!device::is_available(device::Isa::kAvx2)) GTEST_SKIP() << "needs avx2";
  }

 protected:
  static float exp_of(float x) {
    const float in[8] = {x, x, x, x, x, x, x, x};
    float out[8];
    exp_of_eight(in, out);
    for (const float value : out)
      EXPECT_EQ(std::bit_cast<std::uint32_t>(value), std::bit_cast<std::uint32_t>(out[0]));
    return out[0];
  }
  // How far the result is from e^x, in units of the last place of a float there.
  static double ulps_off(float x) {
    const double right = std::exp(static_cast<double>(x));
    const double ulp = std::ldexp(1.0, std::ilogb(right) - 23);
    return std::abs(static_cast<double>(exp_of(x)) - right) / ulp;
  }
};

TEST_F(ExpAvx2, IsWithinOneUlpFromTheLowestToTheHighestArgument) {
  double worst = 0;
  for (const float end : {-87.33f, 88.37f})
    for (std::uint32_t bits = std::bit_cast<std::uint32_t>(end); (bits & 0x7fffffffu) > 0x2f000000u;
         bits -= 997)
      worst = std::max(worst, ulps_off(std::bit_cast<float>(bits)));
  EXPECT_LE(worst, 1.0);
}

TEST_F(ExpAvx2, HandlesTheEnds) {
  EXPECT_EQ(exp_of(0.0f), 1.0f);
  EXPECT_EQ(exp_of(-0.0f), 1.0f);
  EXPECT_EQ(exp_of(-88.0f), 0.0f);
  EXPECT_EQ(exp_of(-std::numeric_limits<float>::infinity()), 0.0f);
  EXPECT_EQ(exp_of(100.0f), exp_of(88.37f));
  EXPECT_TRUE(std::isfinite(exp_of(std::numeric_limits<float>::infinity())));
  EXPECT_TRUE(std::isnan(exp_of(std::numeric_limits<float>::quiet_NaN())));
}

}  // namespace
}  // namespace assay::kernels
