// SPDX-License-Identifier: Apache-2.0
#pragma once
// The interval of a mean of dependent samples: a circular block bootstrap. Whole blocks of neighbours are
// drawn, so that what neighbours have in common stays in each drawn series; a thousand drawn means are
// sorted, and the interval lies between the 2.5 % and the 97.5 % ones. Sources: H. R. Kuensch 1989, "The
// Jackknife and the Bootstrap for General Stationary Observations" (blocks); D. N. Politis and J. P. Romano
// 1992 (circular). Not supported: what is rarer than the samples are many; a mean with one huge outlier in a
// thousand has an interval that may not hold it.
#include <cstdint>
#include <optional>
#include <span>

#include "measure/statistics.h"

namespace assay::measure {

// `autocorrelation_time`: samples that are worth one independent sample. Nothing if under 20 blocks fit,
// where a block is four such times and at least the cube root of the number of samples. The same samples give
// the same interval.
[[nodiscard]] std::optional<Interval> mean_interval(std::span<const std::int64_t> times_ns,
                                                    double autocorrelation_time);

}  // namespace assay::measure
