// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/testing/expect_finding.h"

namespace assay::checks {
namespace {

using testing::expect_finding;

measure::NumericsEvidence arm(std::string accumulation, double rms_error) {
  return {std::move(accumulation), rms_error, 65'536};
}

TEST(NumericsDiffer, QualifiesOtherAccumulationTypes) {
  EXPECT_TRUE(check_numerics_differ(arm("f32", 1e-7), arm("f32", 1e-7)).empty());
  EXPECT_TRUE(check_numerics_differ(arm("f32", 1e-7), arm("", 1e-7)).empty());
  expect_finding(check_numerics_differ(arm("f32", 1e-7), arm("f16", 1e-7)), "numerics-differ",
                 Severity::kQualify);
}

TEST(NumericsDiffer, QualifiesErrorsMoreThanFourTimesApart) {
  EXPECT_TRUE(check_numerics_differ(arm("f32", 1.0), arm("f32", 4.0)).empty());
  expect_finding(check_numerics_differ(arm("f32", 1.0), arm("f32", 4.1)), "numerics-differ",
                 Severity::kQualify);
  expect_finding(check_numerics_differ(arm("f32", 4.1), arm("f32", 1.0)), "numerics-differ",
                 Severity::kQualify);
}

TEST(NumericsDiffer, IsSilentIfBothAreExact) {
  EXPECT_TRUE(check_numerics_differ(arm("i32", 0), arm("i32", 0)).empty());
}

TEST(NumericsDiffer, DoesNotJudgeTheErrorsOfFewOutputs) {
  measure::NumericsEvidence few = arm("f32", 9);
  few.outputs = 65'535;
  EXPECT_TRUE(check_numerics_differ(few, arm("f32", 1)).empty());
}

}  // namespace
}  // namespace assay::checks
