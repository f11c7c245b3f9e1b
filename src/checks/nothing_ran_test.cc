// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/testing/expect_finding.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::expect_finding;
using testing::honest_evidence;

// An empty region takes 40 ns in the honest evidence.
measure::Evidence untouched_after(double median_ns) {
  measure::Evidence evidence = honest_evidence();
  evidence.buffers.outputs_untouched = true;
  evidence.statistics.median_ns = median_ns;
  return evidence;
}

TEST(NothingRan, RejectsUntouchedOutputsAfterNoTime) {
  expect_finding(check_nothing_ran(untouched_after(80)), "nothing-ran", Severity::kReject);
}

TEST(NothingRan, IsSilentIfTheCallTookTime) { EXPECT_TRUE(check_nothing_ran(untouched_after(81)).empty()); }

TEST(NothingRan, IsSilentIfOutputsWereWritten) {
  measure::Evidence evidence = untouched_after(80);
  evidence.buffers.outputs_untouched = false;
  EXPECT_TRUE(check_nothing_ran(evidence).empty());
}

TEST(NothingRan, ExemptsCasesWithNothingToWrite) {
  measure::Evidence evidence = untouched_after(80);
  evidence.buffers.zero_size = true;
  EXPECT_TRUE(check_nothing_ran(evidence).empty());
}

}  // namespace
}  // namespace assay::checks
