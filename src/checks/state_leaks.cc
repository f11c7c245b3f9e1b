// SPDX-License-Identifier: Apache-2.0
// Finding `state-leaks`: from the same inputs, later calls compute something else than the first. Then the
// calls of the window are not repetitions of one work, and no median stands for them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "checks/checks.h"

namespace assay::checks {

Findings check_state_leaks(const measure::Evidence& evidence) {
  const measure::BufferEvidence& buffers = evidence.buffers;
  Findings findings;
  if (buffers.first_last_error && !(*buffers.first_last_error <= 1)) {  // NaN differs as well
    findings.push_back(
        {"state-leaks", Severity::kReject,
         fmt::format("the first and the last call differ by {:.3g} > 1 tolerances from the same inputs: {}",
                     *buffers.first_last_error, buffers.first_last_place),
         "Find what survives a call (a static, a cache, a random state) and make it part of the `inout` "
         "buffers."});
  }
  if (!buffers.not_restored.empty()) {
    findings.push_back(
        {"state-leaks", Severity::kReject,
         fmt::format("{} `inout` buffer{} not put back before a call > 0: {}", buffers.not_restored.size(),
                     buffers.not_restored.size() == 1 ? "" : "s", fmt::join(buffers.not_restored, ", ")),
         "Restore the buffer before every call, or time calls one by one (mode isolated)."});
  }
  return findings;
}

}  // namespace assay::checks
