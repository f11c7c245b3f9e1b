// SPDX-License-Identifier: Apache-2.0
#include "report/csv.h"

#include <fmt/format.h>

#include <vector>

#include "report/figures.h"

namespace assay::report {
namespace {

std::string csv_cell(std::string_view cell) {
  if (cell.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(cell);
  std::string out = "\"";
  for (const char c : cell) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string digits(std::optional<double> value) { return value ? fmt::format("{}", *value) : ""; }

std::vector<std::string> cells_of(const record::Measurement& m) {
  const bool rejected = m.verdict == checks::Verdict::kRejected;
  const Figures f = rejected ? Figures{} : figures_of(m);
  const record::LimitUse limit = m.limits.empty() ? record::LimitUse{} : m.limits.front();
  std::vector<std::string> axes;
  for (const suite::AxisValue& axis : m.what.axes) axes.push_back(axis.name + "=" + axis.value);
  std::vector<std::string_view> codes;
  for (const checks::Finding& finding : m.findings) codes.push_back(finding.code);
  return {m.what.entry,
          fmt::format("{}", fmt::join(axes, " ")),
          m.mode,
          m.cache,
          m.runner,
          std::string(checks::verdict_name(m.verdict)),
          fmt::format("{}", fmt::join(codes, " ")),
          std::to_string(m.evidence.statistics.n),
          digits(f.time_ns),
          digits(f.time_lower_ns),
          digits(f.time_upper_ns),
          digits(f.items_per_second),
          digits(f.bytes_per_second),
          digits(f.flops_per_second),
          limit.name,
          limit.unit,
          limit.limit_per_second > 0 ? digits(limit.limit_per_second) : "",
          digits(f.limit_fraction)};
}

}  // namespace

std::string csv(const record::Run& run) {
  std::string text =
      "entry,axes,mode,cache,runner,verdict,findings,n,median_ns,lower_ns,upper_ns,items_per_second,bytes_"
      "per_second,"
      "flops_per_second,limit,limit_unit,limit_per_second,limit_fraction\n";
  for (const record::Measurement& m : run.measurements) {
    std::string separator;
    for (const std::string& cell : cells_of(m)) {
      text += separator + csv_cell(cell);
      separator = ",";
    }
    text += '\n';
  }
  return text;
}

}  // namespace assay::report
