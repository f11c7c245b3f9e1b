// SPDX-License-Identifier: Apache-2.0
// Findings `imprecise`: the number may be right, but not as exactly as was asked for.
#include <fmt/format.h>

#include "checks/checks.h"

namespace assay::checks {
namespace {

Finding imprecise(std::string evidence, std::string remedy) {
  return {"imprecise", Severity::kQualify, std::move(evidence), std::move(remedy)};
}

}  // namespace

Findings check_imprecise(const measure::Evidence& evidence) {
  const measure::Statistics& statistics = evidence.statistics;
  const auto half_width = statistics.relative_half_width();
  if (!half_width) {
    if (statistics.independence_assumed || statistics.n < measure::kMinSamplesAssumingIndependence) {
      return {imprecise(
          fmt::format("no interval: {} samples < {}", statistics.n, measure::kMinSamplesAssumingIndependence),
          "Give the case a larger time budget, so that it can be called more often.")};
    }
    return {imprecise(
        fmt::format("no interval: {} samples are worth {:.0f} independent ones < {:.0f}", statistics.n,
                    statistics.effective_n, measure::kMinEffectiveForInterval),
        "Give the case a larger time budget, or quiet the machine: its calls depend on each other.")};
  }
  if (*half_width > evidence.target_half_width) {
    return {imprecise(fmt::format("interval half-width {:.1f} % > {:.1f} %{}", 100 * *half_width,
                                  100 * evidence.target_half_width,
                                  statistics.independence_assumed ? "; independence assumed" : ""),
                      "Give the case a larger time budget, quiet the machine, or accept a wider interval.")};
  }
  if (statistics.independence_assumed) {
    return {imprecise(fmt::format("independence assumed: {} samples are too few to test it", statistics.n),
                      "Give the case a time budget for at least 100 calls.")};
  }
  if (statistics.effective_n < measure::kMinEffectiveForPrecise) {
    return {imprecise(fmt::format("{} samples are worth {:.0f} independent ones < {:.0f}", statistics.n,
                                  statistics.effective_n, measure::kMinEffectiveForPrecise),
                      "Give the case a larger time budget.")};
  }
  return {};
}

}  // namespace assay::checks
