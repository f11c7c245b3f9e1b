// SPDX-License-Identifier: Apache-2.0
// Findings `crashed` and `timed-out`: the case did not end by itself, so that whatever was timed before tells
// nothing.
#include <fmt/format.h>

#include "checks/checks.h"

namespace assay::checks {

Findings check_crashed(const measure::Evidence& evidence) {
  const std::string& crash = evidence.outcome.crash;
  if (crash.empty()) return {};
  return {{"crashed", Severity::kReject,
           fmt::format("the case ended its worker process: {}; expected none to end it", crash),
           "Run the case alone in a debugger or under a sanitizer, and mend the program."}};
}

Findings check_timed_out(const measure::Evidence& evidence) {
  const auto& seconds = evidence.outcome.timed_out_after_s;
  if (!seconds) return {};
  return {{"timed-out", Severity::kReject,
           fmt::format("no call ended in time: stopped by the watchdog after {:.3g} s", *seconds),
           "Find out what the call waits for; if it is only slow, give the case more time with "
           "--max-case-time."}};
}

}  // namespace assay::checks
