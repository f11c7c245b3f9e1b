// SPDX-License-Identifier: Apache-2.0
#include "report/figures.h"

#include <charconv>

#include "report/number_format.h"

namespace assay::report {
namespace {

// `amount` a second if it takes `ns`; absent if either is absent or not positive.
std::optional<double> rate(double amount, std::optional<double> ns) {
  return ns && *ns > 0 && amount > 0 ? finite(amount / (*ns * 1e-9)) : std::nullopt;
}

double items_of(const record::Measurement& measurement) {
  if (headline_of(measurement) == Headline::kTtft) {
    for (const suite::AxisValue& axis : measurement.what.axes) {
      std::int64_t tokens = 0;
      const char* end = axis.value.data() + axis.value.size();
      const auto parsed = std::from_chars(axis.value.data(), end, tokens);
      if (axis.name == "prompt" && parsed.ptr == end && parsed.ec == std::errc())
        return static_cast<double>(tokens);
    }
  }
  return static_cast<double>(measurement.what.work.items);
}

}  // namespace

Headline headline_of(const record::Measurement& measurement) {
  const std::string& unit = measurement.what.unit_of_headline;
  return unit == "ttft" ? Headline::kTtft : unit == "decode" ? Headline::kDecode : Headline::kTime;
}

Figures figures_of(const record::Measurement& measurement) {
  const measure::Statistics& s = measurement.evidence.statistics;
  const suite::Work& work = measurement.what.work;
  const double items = items_of(measurement);
  Figures f;
  if (s.median_ns > 0) f.time_ns = finite(s.median_ns);
  if (f.time_ns && s.median_interval) {
    f.time_lower_ns = finite(s.median_interval->lower);
    f.time_upper_ns = finite(s.median_interval->upper);
    if (const auto half = s.relative_half_width()) f.half_width = finite(*half);
  }
  f.items_per_second = rate(items, f.time_ns);
  f.items_lower_per_second = rate(items, f.time_upper_ns);
  f.items_upper_per_second = rate(items, f.time_lower_ns);
  f.bytes_per_second = rate(
      static_cast<double>(work.bytes_read.count) + static_cast<double>(work.bytes_written.count), f.time_ns);
  f.flops_per_second = rate(static_cast<double>(work.flops.count), f.time_ns);
  if (!measurement.limits.empty() && measurement.limits.front().limit_per_second > 0) {
    f.limit_fraction = finite(measurement.limits.front().fraction());
  }
  if (f.time_ns && f.limit_fraction && *f.limit_fraction > 0) {
    f.best_time_ns = finite(*f.time_ns * *f.limit_fraction);
    f.best_items_per_second = rate(items, f.best_time_ns);
  }
  return f;
}

}  // namespace assay::report
