// SPDX-License-Identifier: Apache-2.0
#include "report/markdown.h"

#include <fmt/format.h>

#include "report/groups.h"
#include "report/summary.h"
#include "report/text_layout.h"

namespace assay::report {
namespace {

// Text as itself: whatever Markdown or HTML would read in it is escaped.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : plain(text)) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      if (std::string_view("\\`*_[]|#").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

void add_row(const Group& group, const Row& row, std::string& text) {
  bool reasons_stand = false;
  for (std::size_t c = 0; c < group.columns.size(); ++c) {
    const bool first_number = row.withheld && !group.columns[c].is_axis && !reasons_stand;
    text += "| " + escaped(first_number ? row.reasons : row.cells[c]) + " ";
    reasons_stand = reasons_stand || first_number;
  }
  text += "|\n";
}

void add_group(const Group& group, std::string& text) {
  text += fmt::format("\n### {}: {}\n\n", escaped(group.name), escaped(group.meaning));
  if (!group.setting.empty()) text += escaped(group.setting) + "\n\n";
  for (const Column& column : group.columns) text += "| " + escaped(column.header) + " ";
  text += "|\n";
  for (const Column& column : group.columns) text += column.is_number ? "|--:" : "|---";
  text += "|\n";
  for (const Row& row : group.rows) add_row(group, row, text);
  for (const std::string& note : group.limit_notes) text += "\n" + escaped(note) + "\n";
}

void add_findings(const record::Run& run, std::string& text) {
  std::string list;
  for (const record::Measurement& m : run.measurements) {
    for (const checks::Finding& finding : m.findings) {
      list += fmt::format("- {}: **{}** ({}): {}", escaped(short_name(m, run)), escaped(finding.code),
                          finding.severity == checks::Severity::kReject ? "rejects" : "qualifies",
                          escaped(finding.evidence));
      if (!finding.remedy.empty()) list += ". Remedy: " + escaped(finding.remedy);
      list += '\n';
    }
  }
  if (!list.empty()) text += "\n### Findings\n\n" + list;
}

}  // namespace

std::string markdown(const record::Run& run) {
  const Summary summary = summary_of(run);
  std::string text = fmt::format("## {}\n\n", escaped(run.subject));
  if (!run.subject_detail.empty()) text += escaped(run.subject_detail) + "  \n";
  text += escaped(machine_line(run.environment)) + "\n\n";
  if (const std::string device = device_line(run.limits); !device.empty()) text += escaped(device) + "\n\n";
  text += fmt::format("**{}.** ± is half of the 95 % interval of the median.\n", counts_line(summary));
  if (const std::string line = incomplete_line(run); !line.empty()) text += "\n**" + line + "**\n";
  for (const Group& group : groups_of(run, false)) add_group(group, text);
  add_findings(run, text);
  if (!summary.unknown.empty())
    text += fmt::format("\nThis machine does not tell: {}.\n", fmt::join(summary.unknown, ", "));
  if (!run.environment.command_line.empty()) {
    std::string line = plain(shell_line(run.environment.command_line));
    text += "\n    " + line + "\n";
  }
  return text;
}

}  // namespace assay::report
