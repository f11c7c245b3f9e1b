// SPDX-License-Identifier: Apache-2.0
#include "report/page_data.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "report/number_format.h"

namespace assay::report {
namespace {

using Json = nlohmann::ordered_json;

std::optional<double> number_of(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  return parsed.ptr == end && parsed.ec == std::errc() ? finite(value) : std::nullopt;
}

// Three significant digits less than a double has are enough for a pixel, and keep the page small.
Json short_number(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  return number_of(fmt::format("{:.6g}", *value)).value_or(0);
}

Json scaled(std::optional<double> value, double factor) {
  return short_number(value ? std::optional(*value * factor) : value);
}

Json point_of(const Row& row, Headline headline) {
  const Figures& f = row.figures;
  const auto x = number_of(row.cells.front());
  Json point = {{"x", short_number(x)}};
  if (headline == Headline::kDecode) {
    point["y"] = short_number(f.items_per_second);
    point["low"] = short_number(f.items_lower_per_second);
    point["high"] = short_number(f.items_upper_per_second);
    point["best"] = short_number(f.best_items_per_second);
  } else {
    point["y"] = scaled(f.time_ns, 1e-6);
    point["low"] = scaled(f.time_lower_ns, 1e-6);
    point["high"] = scaled(f.time_upper_ns, 1e-6);
    point["best"] = scaled(f.best_time_ns, 1e-6);
  }
  point["verdict"] = checks::verdict_name(row.measurement->verdict);
  return point;
}

Json samples_of(const Row& row) {
  Json out = {{"verdict", checks::verdict_name(row.measurement->verdict)}, {"times", Json::array()}};
  if (row.withheld) return out;
  const auto& times = row.measurement->evidence.samples.times_ns;
  const std::size_t step = (times.size() + kMostSamplesDrawn - 1) / kMostSamplesDrawn;
  for (std::size_t i = 0; i < times.size(); i += step)
    out["times"].push_back(scaled(static_cast<double>(times[i]), 1e-6));
  out["step"] = step;
  out["median"] = scaled(row.figures.time_ns, 1e-6);
  return out;
}

Json group_json(const Group& group) {
  Json points = Json::array();
  for (const Row& row : group.rows) points.push_back(point_of(row, group.headline));
  const bool decode = group.headline == Headline::kDecode;
  return {{"name", group.name},
          {"x", group.columns.front().header},
          {"y", decode ? "tokens per second" : "milliseconds"},
          {"best", decode ? "best possible at the limit" : "least possible at the limit"},
          {"points", std::move(points)}};
}

}  // namespace

bool has_plot(const Group& group) {
  if (group.columns.empty() || !group.columns.front().is_axis) return false;
  std::set<double> seen;
  for (const Row& row : group.rows) {
    const auto x = number_of(row.cells.front());
    if (!x || !seen.insert(*x).second) return false;
  }
  return seen.size() >= 2;
}

std::string page_data(const std::vector<Group>& groups) {
  Json data = {{"groups", Json::array()}, {"samples", Json::array()}};
  for (const Group& group : groups) {
    if (has_plot(group)) data["groups"].push_back(group_json(group));
    for (const Row& row : group.rows) data["samples"].push_back(samples_of(row));
  }
  return data.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace assay::report
