// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "checks/checks.h"
#include "checks/testing/expect_finding.h"
#include "checks/testing/scripted_evidence.h"

namespace assay::checks {
namespace {

using testing::expect_finding;
using testing::honest_evidence;

TEST(HarnessArtefact, RejectsATracer) {
  measure::Evidence evidence = honest_evidence();
  EXPECT_TRUE(check_harness_artefact(evidence).empty());
  evidence.artefact.tracer = "strace";
  expect_finding(check_harness_artefact(evidence), "harness-artefact", Severity::kReject);
}

TEST(HarnessArtefact, RejectsTimeThatTheMeasuringCaused) {
  measure::Evidence evidence = honest_evidence();
  evidence.statistics.median_ns = 1000;
  evidence.artefact.cause = "reload of a consumed input";
  evidence.artefact.caused_ns = 10;
  EXPECT_TRUE(check_harness_artefact(evidence).empty());
  evidence.artefact.caused_ns = 10.1;
  expect_finding(check_harness_artefact(evidence), "harness-artefact", Severity::kReject);
  EXPECT_TRUE(check_harness_artefact(evidence)[0].evidence.ends_with("reload of a consumed input"));
}

}  // namespace
}  // namespace assay::checks
