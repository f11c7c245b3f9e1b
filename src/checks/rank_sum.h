// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether two groups of times could be draws from one distribution. Source: H. B. Mann and D. R. Whitney
// 1947, "On a Test of Whether one of Two Random Variables is Stochastically Larger than the Other", normal
// approximation with correction for ties. Not supported: dependent samples (the groups must be mixed in
// time).
#include <cstdint>
#include <span>

namespace assay::checks {

// Two-sided probability of groups at least this different if they are the same; 1 if all values are equal.
// Requires both groups to hold something. Very small groups cannot give a small probability.
[[nodiscard]] double rank_sum_probability(std::span<const std::int64_t> a, std::span<const std::int64_t> b);

}  // namespace assay::checks
