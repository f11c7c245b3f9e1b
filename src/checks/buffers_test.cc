// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/testing/expect_finding.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::expect_finding;
using testing::honest_evidence;

TEST(InputModified, RejectsAndNamesTheBuffers) {
  measure::Evidence evidence = honest_evidence();
  EXPECT_TRUE(check_input_modified(evidence).empty());
  evidence.buffers.modified_inputs = {"x", "w"};
  expect_finding(check_input_modified(evidence), "input-modified", Severity::kReject);
  EXPECT_TRUE(check_input_modified(evidence)[0].evidence.ends_with("x, w"));
}

TEST(OutOfBounds, RejectsAndNamesTheBuffers) {
  measure::Evidence evidence = honest_evidence();
  EXPECT_TRUE(check_out_of_bounds(evidence).empty());
  evidence.buffers.broken_guards = {"y"};
  expect_finding(check_out_of_bounds(evidence), "out-of-bounds", Severity::kReject);
  EXPECT_TRUE(check_out_of_bounds(evidence)[0].evidence.ends_with(": y"));
}

}  // namespace
}  // namespace assay::checks
