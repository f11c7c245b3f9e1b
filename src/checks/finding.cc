// SPDX-License-Identifier: Apache-2.0
#include "checks/finding.h"

#include <algorithm>

#include "base/check.h"

namespace assay::checks {

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kTrusted:
      return "trusted";
    case Verdict::kQualified:
      return "qualified";
    case Verdict::kRejected:
      return "rejected";
  }
  ASSAY_CHECK(false, "verdict {}", static_cast<int>(verdict));
}

Verdict verdict_of(const std::vector<Finding>& findings) {
  if (findings.empty()) return Verdict::kTrusted;
  const bool rejected = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity == Severity::kReject;
  });
  return rejected ? Verdict::kRejected : Verdict::kQualified;
}

}  // namespace assay::checks
