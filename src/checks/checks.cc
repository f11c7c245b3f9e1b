// SPDX-License-Identifier: Apache-2.0
#include "checks/checks.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"

namespace assay::checks {
namespace {
constexpr double kEffectThatRejects = 0.05;
constexpr double kHalfWidthsThatReject = 5;
}  // namespace

Severity severity_by_effect(double effect, const measure::Statistics& statistics) {
  const double half_width = statistics.relative_half_width().value_or(0);
  const double limit = std::max(kEffectThatRejects, kHalfWidthsThatReject * half_width);
  return effect > limit ? Severity::kReject : Severity::kQualify;
}

std::vector<Finding> run_all(const measure::Evidence& evidence) {
  ASSAY_CHECK(!evidence.samples.times_ns.empty(), "checks without samples");
  std::vector<Finding> findings;
  for (const auto check :
       {check_wrong_output, check_impossible, check_drifting, check_contended, check_imprecise}) {
    std::vector<Finding> found = check(evidence);
    std::move(found.begin(), found.end(), std::back_inserter(findings));
  }
  return findings;
}

}  // namespace assay::checks
