// SPDX-License-Identifier: Apache-2.0
#include "report/number_format.h"

#include <gtest/gtest.h>

#include <cmath>

namespace assay::report {
namespace {

TEST(NumberFormat, GivesThreeSignificantDigits) {
  EXPECT_EQ(three_digits(0.0), "0");
  EXPECT_EQ(three_digits(0.0123456), "0.0123");
  EXPECT_EQ(three_digits(1.0), "1.00");
  EXPECT_EQ(three_digits(98.44), "98.4");
  EXPECT_EQ(three_digits(12345.0), "12300");
  EXPECT_EQ(three_digits(-2.5), "-2.50");
}

TEST(NumberFormat, RoundsBeforeItCountsDigits) {
  EXPECT_EQ(three_digits(99.96), "100");
  EXPECT_EQ(three_digits(999.6), "1000");
  EXPECT_EQ(three_digits(0.9996), "1.00");
}

TEST(NumberFormat, WritesAnExponentWhereZerosWouldMislead) {
  EXPECT_EQ(three_digits(1.234e15), "1.23e+15");
  EXPECT_EQ(three_digits(1.234e-7), "1.23e-07");
}

TEST(NumberFormat, NeverWritesInfinityOrNan) {
  for (const double value : {HUGE_VAL, -HUGE_VAL, std::nan("")}) {
    EXPECT_EQ(three_digits(value), "–");
    EXPECT_EQ(percent(value), "–");
    EXPECT_FALSE(finite(value));
  }
  EXPECT_EQ(three_digits(std::nullopt), "–");
  EXPECT_EQ(percent(std::nullopt), "–");
}

TEST(NumberFormat, WritesPercentWithTwoOrThreeDigits) {
  EXPECT_EQ(percent(0.00154), "0.15 %");
  EXPECT_EQ(percent(0.00996), "1.0 %");
  EXPECT_EQ(percent(0.1234), "12.3 %");
  EXPECT_EQ(percent(0.996), "100 %");
}

}  // namespace
}  // namespace assay::report
