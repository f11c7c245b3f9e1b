// SPDX-License-Identifier: Apache-2.0
// Finding `harness-artefact`: time was counted that the measuring caused, not the program.
#include <fmt/format.h>

#include "base/text.h"
#include "checks/checks.h"

namespace assay::checks {
namespace {
constexpr double kCausedShare = 0.01;
}  // namespace

Findings check_harness_artefact(const measure::Evidence& evidence) {
  const measure::ArtefactEvidence& artefact = evidence.artefact;
  Findings findings;
  if (!artefact.tracer.empty()) {
    findings.push_back(
        {"harness-artefact", Severity::kReject,
         fmt::format("process '{}' traces the measured one; expected no tracer", artefact.tracer),
         "Measure without a debugger, strace or profiler; use --profile-once for a profiler."});
  }
  const double limit_ns = kCausedShare * evidence.statistics.median_ns;
  if (artefact.caused_ns && *artefact.caused_ns > limit_ns) {
    findings.push_back(
        {"harness-artefact", Severity::kReject,
         fmt::format("{} of a call were caused by the measuring > {} (1 % of the call): {}",
                     format_duration_ns(*artefact.caused_ns), format_duration_ns(limit_ns), artefact.cause),
         "Take the cause out of the region, or measure with a client that does."});
  }
  return findings;
}

}  // namespace assay::checks
