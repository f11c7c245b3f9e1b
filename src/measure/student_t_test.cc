// SPDX-License-Identifier: Apache-2.0
#include "measure/student_t.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace assay::measure {
namespace {

// One degree of freedom is the Cauchy distribution and two have a closed form.
TEST(StudentT, AgreesWithClosedForms) {
  for (const double t : {-30.0, -1.0, 0.0, 0.3, 2.0, 63.66, 1e6}) {
    EXPECT_NEAR(student_upper_tail(t, 1), 0.5 - std::atan(t) / M_PI, 1e-11);
    EXPECT_NEAR(student_upper_tail(t, 2), 0.5 - t / (2 * std::sqrt(2 + t * t)), 1e-11);
  }
}

// Abramowitz and Stegun, table 26.10.
TEST(StudentT, AgreesWithPrintedQuantiles) {
  EXPECT_NEAR(student_quantile(0.005, 4), 4.604, 5e-4);
  EXPECT_NEAR(student_quantile(0.01, 14), 2.624, 5e-4);
  EXPECT_NEAR(student_quantile(0.0005, 9), 4.781, 5e-4);
  EXPECT_NEAR(student_quantile(0.025, 120), 1.980, 5e-4);
}

TEST(StudentT, QuantileUndoesTail) {
  for (const int degrees : {1, 2, 5, 59}) {
    for (const double tail : {0.5, 0.1, 1e-3, 1e-6}) {
      EXPECT_NEAR(student_upper_tail(student_quantile(tail, degrees), degrees) / tail, 1, 1e-6);
    }
  }
  EXPECT_EQ(student_upper_tail(std::numeric_limits<double>::infinity(), 3), 0);
}

}  // namespace
}  // namespace assay::measure
