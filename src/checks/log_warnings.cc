// SPDX-License-Identifier: Apache-2.0
// Finding `log-warnings`: the measured program warned about something. Its author may know better than any
// check.
#include <fmt/format.h>

#include "base/text.h"
#include "checks/checks.h"

namespace assay::checks {
namespace {
constexpr std::size_t kLongestQuote = 160;
}  // namespace

Findings check_log_warnings(const measure::Evidence& evidence) {
  const measure::LogEvidence& log = evidence.log;
  if (log.warnings <= 0) return {};
  return {{"log-warnings", Severity::kQualify,
           fmt::format("the program wrote {} warning{} > 0, the first: {}", log.warnings,
                       log.warnings == 1 ? "" : "s", printable(log.first_warning, kLongestQuote)),
           "Read them, and mend what they tell of; or silence those that are wrong in the program."}};
}

}  // namespace assay::checks
