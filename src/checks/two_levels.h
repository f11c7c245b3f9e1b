// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether times fall into two groups with nothing between, in whatever order: a median between two levels is
// a time that hardly any call took. The gap is compared with the spread inside the groups by medians, which
// heavy tails and skewness do not move; tests and docs/measurement.md tell what it finds. Not supported:
// levels less than about six standard deviations apart, three levels, a level of less than a tenth.
#include <cstdint>
#include <optional>
#include <span>

namespace assay::checks {

struct TwoLevels {
  double lower = 0;  // medians of the groups
  double upper = 0;
  double upper_share = 0;  // of the values
};

// Nothing for fewer than 100 values, for one level, or for levels that lie no further apart than four of the
// smallest steps between the values (a coarse clock).
[[nodiscard]] std::optional<TwoLevels> find_two_levels(std::span<const std::int64_t> values);

}  // namespace assay::checks
