// SPDX-License-Identifier: Apache-2.0
#pragma once
// How often the interval of the median holds the true median, on noise whose median is known. A number of
// runs is either as long as the stop rule wants, or of a fixed length.
#include <cstdint>
#include <optional>

#include "measure/testing/scripted_noise.h"

namespace assay::measure::testing {

struct CoverageSetup {
  Noise noise = Noise::kNormal;
  double spread = 0.05;
  double rho = 0;
  std::optional<std::int64_t> fixed_n = {};  // else the stop rule decides
  bool assume_independence = false;          // with fixed_n only
  std::int64_t max_samples = 20'000;         // where the stop rule gives up
  int runs = 1000;
  std::uint64_t seed = 1;
};

struct Coverage {
  int intervals = 0;  // runs that gave one
  int covered = 0;
  int gave_up = 0;  // runs in which the stop rule did not reach its target
  double mean_n = 0;
  double mean_effective_n = 0;
  [[nodiscard]] double share() const { return intervals > 0 ? static_cast<double>(covered) / intervals : 0; }
};

[[nodiscard]] Coverage measure_coverage(const CoverageSetup& setup);

}  // namespace assay::measure::testing
