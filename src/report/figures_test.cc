// SPDX-License-Identifier: Apache-2.0
#include "report/figures.h"

#include <gtest/gtest.h>

#include <cmath>

namespace assay::report {
namespace {

record::Measurement decode_of_10_ms() {
  record::Measurement m;
  m.what.unit_of_headline = "decode";
  m.what.work = {{90'000'000}, {10'000'000}, {300'000'000}, 1, "token"};
  m.evidence.statistics.n = 100;
  m.evidence.statistics.median_ns = 10e6;
  m.evidence.statistics.median_interval = measure::Interval{9.5e6, 10.5e6, 0.95};
  m.limits = {{"read", 36e9, 9e9, "bytes"}};
  return m;
}

TEST(Figures, ComeFromTheMedianAndTheStatedWork) {
  const Figures f = figures_of(decode_of_10_ms());
  EXPECT_DOUBLE_EQ(*f.time_ns, 10e6);
  EXPECT_DOUBLE_EQ(*f.items_per_second, 100);
  EXPECT_DOUBLE_EQ(*f.items_lower_per_second, 1 / 10.5e-3);
  EXPECT_DOUBLE_EQ(*f.items_upper_per_second, 1 / 9.5e-3);
  EXPECT_DOUBLE_EQ(*f.half_width, 0.05);
  EXPECT_DOUBLE_EQ(*f.bytes_per_second, 10e9);
  EXPECT_DOUBLE_EQ(*f.flops_per_second, 30e9);
}

TEST(Figures, BestPossibleIsWhatTheLimitAllows) {
  const Figures f = figures_of(decode_of_10_ms());
  EXPECT_DOUBLE_EQ(*f.limit_fraction, 0.25);
  EXPECT_DOUBLE_EQ(*f.best_time_ns, 2.5e6);
  EXPECT_DOUBLE_EQ(*f.best_items_per_second, 400);
}

TEST(Figures, PrefillCountsThePromptAsItems) {
  record::Measurement m = decode_of_10_ms();
  m.what.unit_of_headline = "ttft";
  EXPECT_DOUBLE_EQ(*figures_of(m).items_per_second, 100);
  m.what.axes = {{"prompt", "128"}};
  EXPECT_DOUBLE_EQ(*figures_of(m).items_per_second, 12'800);
}

TEST(Figures, AreAbsentWhereTheRecordSupportsNone) {
  const Figures empty = figures_of(record::Measurement{});
  EXPECT_FALSE(empty.time_ns);
  EXPECT_FALSE(empty.items_per_second);
  EXPECT_FALSE(empty.bytes_per_second);
  EXPECT_FALSE(empty.limit_fraction);
  record::Measurement odd = decode_of_10_ms();
  odd.evidence.statistics.median_interval.reset();
  odd.limits.front().limit_per_second = 0;
  EXPECT_FALSE(figures_of(odd).half_width);
  EXPECT_FALSE(figures_of(odd).limit_fraction);
  EXPECT_FALSE(figures_of(odd).best_time_ns);
  odd.evidence.statistics.median_ns = std::nan("");
  EXPECT_FALSE(figures_of(odd).time_ns);
}

}  // namespace
}  // namespace assay::report
