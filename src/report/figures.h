// SPDX-License-Identifier: Apache-2.0
#pragma once
// The numbers that reports show for one measurement, worked out from its record. Each is finite or absent.
// Whether a number may be shown at all (rejected measurements) is the caller's business: report/groups.h.
#include <optional>
#include <string_view>

#include "record/measurement.h"

namespace assay::report {

// What a measurement is about: Case::unit_of_headline.
enum class Headline { kTtft, kDecode, kTime };

struct Figures {
  std::optional<double> time_ns;  // median
  std::optional<double> time_lower_ns;
  std::optional<double> time_upper_ns;
  std::optional<double> half_width;  // of the interval, over the median
  std::optional<double> items_per_second;
  std::optional<double> items_lower_per_second;  // at the interval's upper time
  std::optional<double> items_upper_per_second;
  std::optional<double> bytes_per_second;  // stated bytes read and written, over the median
  std::optional<double> flops_per_second;
  std::optional<double> limit_fraction;  // of the first limit
  // What the first limit allows at best: the same whether or not the measured time is right, as the time
  // cancels out.
  std::optional<double> best_time_ns;
  std::optional<double> best_items_per_second;
};

[[nodiscard]] Headline headline_of(const record::Measurement& measurement);

// The items of `ttft` are the prompt's tokens (the value of the axis "prompt"; without one, the case's
// items).
[[nodiscard]] Figures figures_of(const record::Measurement& measurement);

}  // namespace assay::report
