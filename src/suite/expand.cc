// SPDX-License-Identifier: Apache-2.0
#include "suite/expand.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "suite/validate.h"

namespace assay::suite {
namespace {

const AxisChoice* choice_for(std::span<const AxisChoice> choices, std::string_view axis) {
  for (const AxisChoice& choice : choices) {
    if (choice.axis == axis) return &choice;
  }
  return nullptr;
}

bool has(const std::vector<std::string>& values, std::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// Every combination, the last axis changing fastest.
std::vector<Point> combinations(const Entry& entry, std::span<const AxisChoice> choices) {
  std::vector<std::vector<AxisValue>> all{{}};
  for (const Axis& axis : entry.axes) {
    const AxisChoice* choice = choice_for(choices, axis.name);
    std::vector<std::vector<AxisValue>> longer;
    for (const auto& beginning : all) {
      for (const std::string& value : choice == nullptr ? axis.values : choice->values) {
        longer.push_back(beginning);
        longer.back().push_back({axis.name, value});
      }
    }
    all = std::move(longer);
  }
  std::vector<Point> points;
  for (auto& values : all) points.emplace_back(std::move(values));
  return points;
}

Result<std::vector<Point>> chosen_points(const Entry& entry, std::span<const AxisChoice> choices) {
  if (entry.points.empty()) return combinations(entry, choices);
  std::vector<Point> points = entry.points;
  for (const AxisChoice& choice : choices) {
    std::set<std::string> there;
    for (const Point& point : entry.points) {
      if (point.has(choice.axis)) there.insert(point.word(choice.axis));
    }
    for (const std::string& value : choice.values) {
      if (!there.empty() && !there.contains(value))
        return fail(ErrorCode::kInvalidArgument,
                    "entry '{}': no point has {}={}; there are {}, as its points are a fixed list",
                    entry.name, choice.axis, printable(value), fmt::join(there, ", "));
    }
    std::erase_if(points, [&](const Point& point) {
      return point.has(choice.axis) && !has(choice.values, point.word(choice.axis));
    });
  }
  if (points.empty())
    return fail(ErrorCode::kInvalidArgument, "entry '{}': no point has all of the chosen values", entry.name);
  return points;
}

std::vector<std::string> axis_names(const Entry& entry) {
  std::vector<std::string> names;
  for (const Axis& axis : entry.axes) names.push_back(axis.name);
  for (const Point& point : entry.points) {
    for (const AxisValue& value : point.values()) {
      if (!has(names, value.name)) names.push_back(value.name);
    }
  }
  return names;
}

Result<std::vector<std::string>> chosen_caches(const Entry& entry, std::span<const AxisChoice> choices) {
  const AxisChoice* choice = choice_for(choices, "cache");
  if (choice == nullptr) return entry.cache_regimes;
  for (const std::string& value : choice->values) {
    if (value != "warm" && value != "cold")
      return fail(ErrorCode::kInvalidArgument, "axis 'cache': '{}', expected 'warm' or 'cold'",
                  printable(value));
  }
  return choice->values;
}

EntryCase make_case(const Entry& entry, const Variant& variant, const Point& point,
                    const std::string& cache) {
  EntryCase made;
  made.what.entry = variant.name;
  made.what.axes = point.values();
  if (entry.cache_regimes.size() > 1 || cache != "warm") made.what.axes.push_back({"cache", cache});
  if (entry.work_at) made.what.work = entry.work_at(point);
  made.what.formula = entry.formula;
  made.what.unit_of_headline = "time";
  made.entry = &entry;
  made.variant = &variant;
  made.point = point;
  made.cache = cache;
  return made;
}

// The author's functions may throw.
Result<bool> takes(const Entry& entry, const Variant& variant, const Point& point) {
  try {
    return !variant.takes || variant.takes(point);
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInvalidArgument, "entry '{}' at {}: takes() of '{}': {}", entry.name,
                to_string(point), variant.name, error.what());
  }
}

Result<void> check_choices(const Suite& suite, std::span<const AxisChoice> choices) {
  std::vector<std::string> names;
  for (const Entry& entry : suite.entries) {
    for (const std::string& name : axis_names(entry)) {
      if (!has(names, name)) names.push_back(name);
    }
  }
  names.emplace_back("cache");
  for (const AxisChoice& choice : choices) {
    if (!has(names, choice.axis))
      return fail(ErrorCode::kInvalidArgument, "no axis is called '{}'; there are {}", printable(choice.axis),
                  fmt::join(names, ", "));
  }
  return {};
}

}  // namespace

Result<AxisChoice> parse_axis_choice(std::string_view text) {
  const std::size_t equals = text.find('=');
  AxisChoice choice;
  if (equals != std::string_view::npos && equals > 0) {
    choice.axis = text.substr(0, equals);
    for (const std::string_view value : split(text.substr(equals + 1), ','))
      choice.values.emplace_back(value);
  }
  if (choice.values.empty() || has(choice.values, ""))
    return fail(ErrorCode::kInvalidArgument, "--axis '{}': expected name=value or name=value,value",
                printable(text));
  return choice;
}

Result<Expansion> expand(const Entry& entry, std::span<const AxisChoice> choices,
                         std::optional<Device> device) {
  ASSAY_TRY_VOID(validate(entry));
  const auto is_asked_for = [&](const Variant& variant) { return !device || variant.device == *device; };
  if (std::none_of(entry.variants.begin(), entry.variants.end(), is_asked_for)) return Expansion();
  ASSAY_TRY(const std::vector<Point> points, chosen_points(entry, choices));
  ASSAY_TRY(const std::vector<std::string> caches, chosen_caches(entry, choices));
  Expansion expansion;
  std::vector<const Variant*> runnable;
  for (const Variant& variant : entry.variants) {
    if (!is_asked_for(variant)) continue;
    std::string reason = variant.unavailable ? variant.unavailable() : "";
    if (reason.empty()) {
      runnable.push_back(&variant);
    } else {
      expansion.left_out.push_back({variant.name, std::move(reason)});
    }
  }
  for (const Point& point : points) {
    ASSAY_TRY_VOID(validate_at(entry, point));
    for (const std::string& cache : caches) {
      for (const Variant* variant : runnable) {
        ASSAY_TRY(const bool wanted, takes(entry, *variant, point));
        if (wanted) expansion.cases.push_back(make_case(entry, *variant, point, cache));
      }
    }
  }
  return expansion;
}

Result<Expansion> expand(const Suite& suite, std::span<const AxisChoice> choices,
                         std::optional<Device> device) {
  ASSAY_TRY_VOID(check_choices(suite, choices));
  Expansion all;
  std::set<std::string_view> names;
  for (const Entry& entry : suite.entries) {
    if (!names.insert(entry.name).second)
      return fail(ErrorCode::kInvalidArgument, "suite '{}': two entries are called '{}'", suite.name,
                  entry.name);
    ASSAY_TRY(Expansion one, expand(entry, choices, device));
    std::move(one.cases.begin(), one.cases.end(), std::back_inserter(all.cases));
    std::move(one.left_out.begin(), one.left_out.end(), std::back_inserter(all.left_out));
  }
  return all;
}

}  // namespace assay::suite
