// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "device/cuda/sm_clock.h"

namespace assay::device::cuda {
namespace {

TEST(SmHz, IsTheCyclesOverTheTimeOfAStamp) {
  EXPECT_DOUBLE_EQ(*sm_hz({1000, 3000, 500, 4460, 0}), 1.98e9);
  EXPECT_FALSE(sm_hz(SmStamp{}));
  EXPECT_FALSE(sm_hz({3000, 3000, 500, 4460, 0}));  // the clock stood still
}

TEST(SmHz, BetweenTwoStampsNeedsOneMultiprocessor) {
  const SmStamp earlier{1000, 3000, 500, 4460, 7};
  SmStamp later{51'000, 53'000, 85'500, 89'000, 7};
  EXPECT_DOUBLE_EQ(*sm_hz(earlier, later), 1.7e9);
  EXPECT_FALSE(sm_hz(later, earlier));
  later.sm = 8;
  EXPECT_FALSE(sm_hz(earlier, later));
}

}  // namespace
}  // namespace assay::device::cuda
