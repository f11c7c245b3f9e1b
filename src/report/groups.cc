// SPDX-License-Identifier: Apache-2.0
#include "report/groups.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "report/number_format.h"

namespace assay::report {
namespace {

using record::Measurement;

std::string without_subject(std::string_view entry, const record::Run& run) {
  const std::string prefix = run.subject + "/";
  if (!run.subject.empty() && entry.starts_with(prefix)) entry.remove_prefix(prefix.size());
  return std::string(entry);
}

// The axes of a measurement, then how it was run: all that may tell two rows of a group apart.
std::vector<suite::AxisValue> settings_of(const Measurement& m) {
  std::vector<suite::AxisValue> settings = m.what.axes;
  settings.push_back({"mode", m.mode});
  settings.push_back({"cache", m.cache});
  settings.push_back({"runner", m.runner});
  return settings;
}

std::string value_of(const Measurement& m, const std::string& name) {
  const auto settings = settings_of(m);
  const auto at =
      std::find_if(settings.begin(), settings.end(), [&](const auto& x) { return x.name == name; });
  return at == settings.end() ? std::string(kAbsent) : at->value;
}

bool is_number(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

// Settings that differ between rows become columns; so does the first axis always. The others make one
// sentence.
void add_axes(const std::vector<const Measurement*>& members, Group& group) {
  std::vector<std::string> names;
  for (const Measurement* m : members) {
    for (const auto& axis : settings_of(*m)) {
      if (std::find(names.begin(), names.end(), axis.name) == names.end()) names.push_back(axis.name);
    }
  }
  std::string setting;
  for (const std::string& name : names) {
    const std::string first = value_of(*members.front(), name);
    const bool differs =
        std::any_of(members.begin(), members.end(), [&](auto* m) { return value_of(*m, name) != first; });
    const bool first_axis =
        !members.front()->what.axes.empty() && members.front()->what.axes.front().name == name;
    if (differs || first_axis) {
      const bool number =
          std::all_of(members.begin(), members.end(), [&](auto* m) { return is_number(value_of(*m, name)); });
      group.columns.push_back({name, true, number});
    } else if (!first.empty()) {
      const bool says_itself = name == "mode" || name == "runner";
      setting += setting.empty() ? "" : ", ";
      setting += says_itself ? first : name == "cache" ? first + " cache" : name + " " + first;
    }
  }
  group.setting = setting;
}

std::string limit_header(const std::vector<const Measurement*>& members) {
  std::string header;
  for (const Measurement* m : members) {
    if (m->limits.empty()) continue;
    const record::LimitUse& limit = m->limits.front();
    const bool is_read = limit.unit == "bytes" && limit.name.starts_with("read");
    const std::string own = limit.unit == "flops" ? "% of peak" : is_read ? "% of read limit" : "% of limit";
    if (!header.empty() && header != own) return "% of limit";
    header = own;
  }
  return header.empty() ? "% of limit" : header;
}

// The columns between axes and verdict, in step with number_cells().
std::vector<Column> number_columns(Headline headline, const std::string& limit) {
  switch (headline) {
    case Headline::kTtft:
      return {{"TTFT ms", false, true},    {"±", false, true},      {"tok/s", false, true, 1},
              {"GFLOP/s", false, true, 2}, {limit, false, true, 4}, {"n", false, true, 3}};
    case Headline::kDecode:
      return {{"tok/s", false, true},   {"±", false, true},      {"ms/token", false, true, 1},
              {"GB/s", false, true, 2}, {limit, false, true, 4}, {"n", false, true, 3}};
    case Headline::kTime:
      break;
  }
  return {{"time", false, true},       {"±", false, true},      {"GB/s", false, true, 2},
          {"GFLOP/s", false, true, 1}, {limit, false, true, 4}, {"n", false, true, 3}};
}

std::optional<double> scaled(std::optional<double> value, double factor) {
  return value ? finite(*value * factor) : std::nullopt;
}

std::vector<std::string> number_cells(const Measurement& m, const Figures& f, Headline headline) {
  const std::string limit = three_digits(scaled(f.limit_fraction, 100));
  const std::string n = std::to_string(m.evidence.statistics.n);
  const std::string half = percent(f.half_width);
  const std::string ms = three_digits(scaled(f.time_ns, 1e-6));
  const std::string rate = three_digits(f.items_per_second);
  const std::string gigabytes = three_digits(scaled(f.bytes_per_second, 1e-9));
  const std::string gigaflops = three_digits(scaled(f.flops_per_second, 1e-9));
  switch (headline) {
    case Headline::kTtft:
      return {ms, half, rate, gigaflops, limit, n};
    case Headline::kDecode:
      return {rate, half, ms, gigabytes, limit, n};
    case Headline::kTime:
      break;
  }
  return {f.time_ns ? format_duration_ns(*f.time_ns) : std::string(kAbsent),
          half,
          gigabytes,
          gigaflops,
          limit,
          n};
}

bool is_on_device(const Measurement* m) { return !m->evidence.device.device.empty(); }

// A call on a device in the modes beside the headline, and the part of the host in it.
std::vector<Column> mode_columns() {
  return {{"back to back", false, true, 3}, {"isolated", false, true, 3}, {"enqueue", false, true, 3}};
}
std::vector<std::string> mode_cells(const Measurement& m) {
  const measure::DeviceEvidence& device = m.evidence.device;
  std::vector<std::string> cells;
  for (const auto& time : {device.back_to_back_ns, device.isolated_ns, device.enqueue_ns})
    cells.push_back(time && *time > 0 ? format_duration_ns(*time) : std::string(kAbsent));
  return cells;
}

std::string reasons_of(const Measurement& m) {
  std::string reasons;
  for (const checks::Finding& finding : m.findings) {
    reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", finding.code, finding.evidence);
  }
  return reasons.empty() ? "rejected without a stated reason" : reasons;
}

Row row_of(const Measurement& m, const Group& group, bool show_rejected) {
  Row row;
  row.measurement = &m;
  row.figures = figures_of(m);
  row.withheld = m.verdict == checks::Verdict::kRejected && !show_rejected;
  for (const Column& column : group.columns) {
    if (column.is_axis) row.cells.push_back(value_of(m, column.header));
  }
  if (row.withheld) {
    row.reasons = reasons_of(m);
    Figures limit_only;
    limit_only.best_time_ns = row.figures.best_time_ns;
    limit_only.best_items_per_second = row.figures.best_items_per_second;
    row.figures = limit_only;
    row.cells.resize(group.columns.size() - 1);
  } else {
    for (std::string& cell : number_cells(m, row.figures, group.headline))
      row.cells.push_back(std::move(cell));
    if (group.on_device) {
      for (std::string& cell : mode_cells(m)) row.cells.push_back(std::move(cell));
    }
  }
  row.cells.emplace_back(checks::verdict_name(m.verdict));
  return row;
}

// "186 GFLOP/s", "31.3 GB/s"
std::string limit_amount(const record::LimitUse& limit) {
  const char* unit = limit.unit == "flops" ? "GFLOP/s" : limit.unit == "bytes" ? "GB/s" : "G/s";
  return fmt::format("{} {}", three_digits(scaled(finite(limit.limit_per_second), 1e-9)), unit);
}

// One sentence a limit; where rows stand beside different ones, each sentence names its rows.
std::vector<std::string> limit_notes(const std::vector<const Measurement*>& members,
                                     const std::string& header) {
  std::vector<std::string> notes;
  std::vector<std::vector<std::string>> rows;
  for (const Measurement* m : members) {
    if (m->limits.empty()) continue;
    const record::LimitUse& limit = m->limits.front();
    std::string note =
        fmt::format("100 {} is {}: {}, as measured on this machine", header, limit_amount(limit), limit.name);
    const auto at = static_cast<std::size_t>(std::find(notes.begin(), notes.end(), note) - notes.begin());
    if (at == notes.size()) {
      notes.push_back(std::move(note));
      rows.emplace_back();
    }
    rows[at].push_back(m->what.axes.empty() ? m->what.entry : m->what.axes.front().value);
  }
  if (notes.size() < 2) return notes;
  for (std::size_t i = 0; i < notes.size(); ++i)
    notes[i] += fmt::format(" (rows {})", fmt::join(rows[i], ", "));
  return notes;
}

Group group_of(const std::vector<const Measurement*>& members, const record::Run& run, bool show_rejected) {
  Group group;
  group.name = without_subject(members.front()->what.entry, run);
  group.headline = headline_of(*members.front());
  group.meaning = group.headline == Headline::kTtft     ? "time to first token"
                  : group.headline == Headline::kDecode ? "speed of generation"
                                                        : "time of one call";
  add_axes(members, group);
  const std::string limit = limit_header(members);
  for (Column& column : number_columns(group.headline, limit)) group.columns.push_back(std::move(column));
  group.on_device = std::any_of(members.begin(), members.end(), is_on_device);
  if (group.on_device) {
    for (Column& column : mode_columns()) group.columns.push_back(std::move(column));
  }
  group.columns.push_back({"verdict"});
  group.limit_notes = limit_notes(members, limit);
  for (const Measurement* m : members) group.rows.push_back(row_of(*m, group, show_rejected));
  return group;
}

}  // namespace

std::vector<Group> groups_of(const record::Run& run, bool show_rejected) {
  std::vector<std::vector<const Measurement*>> members;
  for (const Measurement& m : run.measurements) {
    const auto same = std::find_if(members.begin(), members.end(), [&](const auto& group) {
      return group.front()->what.entry == m.what.entry && headline_of(*group.front()) == headline_of(m);
    });
    (same == members.end() ? members.emplace_back() : *same).push_back(&m);
  }
  std::vector<Group> groups;
  for (const auto& list : members) groups.push_back(group_of(list, run, show_rejected));
  return groups;
}

}  // namespace assay::report
