// SPDX-License-Identifier: Apache-2.0
#include "report/terminal_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "report/comparison_table.h"
#include "report/groups.h"
#include "report/summary.h"
#include "report/text_layout.h"

namespace assay::report {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kGap = 2;

enum class Style { kPlain, kBold, kDim, kGreen, kYellow, kRed };

Style style_of(checks::Verdict verdict) {
  constexpr std::array kStyles{Style::kGreen, Style::kYellow, Style::kRed};
  return kStyles[static_cast<std::size_t>(verdict)];
}

// The text so far, and how to add to it.
struct Sheet {
  std::size_t width;
  bool colour;
  std::string text;

  [[nodiscard]] std::string styled(std::string_view words, Style style) const {
    constexpr std::array kCodes{"0", "1", "2", "32", "33", "31"};
    if (!colour || style == Style::kPlain) return std::string(words);
    return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[static_cast<std::size_t>(style)], words);
  }

  // Lines that all start at column `indent`; `label` stands before the first one. `words` may come from a
  // stranger.
  // `label_width`: columns that the label takes, if more than `indent`.
  void paragraph(std::string_view words, std::size_t indent, Style style, const std::string& label = "",
                 std::size_t label_width = 0) {
    std::string margin = label + std::string(indent - std::min(indent, display_width(label)), ' ');
    const std::size_t lead = std::max(indent, label_width);
    for (const std::string& line : wrap(plain(words), width - std::min(lead, width / 2))) {
      text += margin + styled(line, style) + '\n';
      margin.assign(indent, ' ');
    }
  }
};

// One group's columns that fit: their indices, and the width of each column of the group.
struct Fit {
  std::vector<std::size_t> shown;
  std::vector<std::size_t> widths;
  std::vector<std::string> left_out;  // headers, the first to go first

  [[nodiscard]] std::size_t span(const std::vector<std::size_t>& columns) const {
    std::size_t sum = columns.empty() ? 0 : (columns.size() - 1) * kGap;
    for (const std::size_t c : columns) sum += widths[c];
    return sum;
  }
};

Fit fit_columns(const Group& group, std::size_t width) {
  Fit fit;
  for (std::size_t c = 0; c < group.columns.size(); ++c) {
    std::size_t widest = display_width(plain(group.columns[c].header));
    for (const Row& row : group.rows) widest = std::max(widest, display_width(plain(row.cells[c])));
    fit.widths.push_back(widest);
    fit.shown.push_back(c);
  }
  while (kIndent + fit.span(fit.shown) > width) {
    const auto least =
        std::min_element(fit.shown.begin(), fit.shown.end(), [&](std::size_t a, std::size_t b) {
          return group.columns[a].importance < group.columns[b].importance;
        });
    if (group.columns[*least].importance == Column::kAlways) break;
    fit.left_out.push_back(group.columns[*least].header);
    fit.shown.erase(least);
  }
  return fit;
}

std::string aligned(const Column& column, std::string_view cell, std::size_t width) {
  return column.is_number ? pad_left(plain(cell), width) : pad_right(plain(cell), width);
}

void add_row(const Group& group, const Row& row, const Fit& fit, Sheet& sheet) {
  std::string line(kIndent, ' ');
  std::vector<std::size_t> numbers;
  bool headline_seen = false;
  for (const std::size_t c : fit.shown) {
    const Column& column = group.columns[c];
    const bool is_verdict = c + 1 == group.columns.size();
    if (row.withheld && !column.is_axis && !is_verdict) {
      numbers.push_back(c);
      continue;
    }
    if (row.withheld && is_verdict) {
      const std::size_t span = fit.span(numbers);
      line +=
          sheet.styled(pad_right(cut(plain(row.reasons), span), span), Style::kRed) + std::string(kGap, ' ');
    }
    const bool is_headline = !column.is_axis && !headline_seen;
    headline_seen = headline_seen || is_headline;
    const std::string cell = is_verdict ? row.cells[c] : aligned(column, row.cells[c], fit.widths[c]);
    line += sheet.styled(cell, is_verdict    ? style_of(row.measurement->verdict)
                               : is_headline ? Style::kBold
                                             : Style::kPlain);
    if (!is_verdict) line += std::string(kGap, ' ');
  }
  sheet.text += line + '\n';
}

void add_group(const Group& group, Sheet& sheet) {
  const Fit fit = fit_columns(group, sheet.width);
  sheet.text += '\n' + sheet.styled(plain(group.name), Style::kBold) + '\n';
  sheet.paragraph(fmt::format("{}, median; ± is half of its 95 % interval", group.meaning), kIndent,
                  Style::kPlain);
  if (!group.setting.empty()) sheet.paragraph(group.setting, kIndent, Style::kPlain);
  sheet.text += '\n';
  std::string header(kIndent, ' ');
  for (const std::size_t c : fit.shown) {
    const bool last = c + 1 == group.columns.size();
    header += last ? group.columns[c].header
                   : aligned(group.columns[c], group.columns[c].header, fit.widths[c]) + "  ";
  }
  sheet.text += sheet.styled(header, Style::kDim) + '\n';
  for (const Row& row : group.rows) add_row(group, row, fit, sheet);
  for (const std::string& note : group.limit_notes) sheet.paragraph(note, kIndent, Style::kDim);
  if (!fit.left_out.empty()) {
    sheet.paragraph(fmt::format("no room for: {}", fmt::join(fit.left_out, ", ")), kIndent, Style::kDim);
  }
}

void add_findings(const record::Run& run, Sheet& sheet) {
  for (const record::Measurement& m : run.measurements) {
    if (m.verdict == checks::Verdict::kTrusted && m.findings.empty()) continue;
    const std::string_view verdict = checks::verdict_name(m.verdict);
    const auto name =
        wrap(plain(short_name(m, run)), sheet.width - std::min(sheet.width, verdict.size() + 1));
    sheet.text += fmt::format("\n{} {}\n", fmt::join(name, "\n"), sheet.styled(verdict, style_of(m.verdict)));
    for (const checks::Finding& finding : m.findings) {
      const bool rejects = finding.severity == checks::Severity::kReject;
      const std::size_t indent = 16;
      const std::string code =
          "  " + sheet.styled(plain(finding.code), rejects ? Style::kRed : Style::kYellow);
      const std::size_t code_width = 2 + display_width(plain(finding.code));
      sheet.paragraph(finding.evidence, indent, Style::kPlain,
                      code + std::string(code_width < indent ? indent - code_width : 1, ' '), code_width + 1);
      if (!finding.remedy.empty()) sheet.paragraph("remedy: " + finding.remedy, indent, Style::kDim);
    }
  }
}

void add_summary(const record::Run& run, bool show_rejected, Sheet& sheet) {
  const Summary summary = summary_of(run);
  sheet.text += '\n';
  std::string counts = counts_line(summary);
  if (summary.rejected > 0 && !show_rejected) counts += " (numbers withheld; --show-rejected prints them)";
  sheet.paragraph(counts, 0, Style::kBold);
  if (!summary.unknown.empty()) {
    sheet.paragraph(fmt::format("This machine does not tell: {}.", fmt::join(summary.unknown, ", ")), 0,
                    Style::kDim);
  }
  if (const std::string line = incomplete_line(run); !line.empty()) sheet.paragraph(line, 0, Style::kYellow);
}

}  // namespace

std::string table(const record::Run& run, const TableOptions& options) {
  if (run.measurements.empty() && !run.comparisons.empty()) return comparison_table(run, options.width);
  Sheet sheet{static_cast<std::size_t>(std::max(40, options.width)), options.colour, {}};
  sheet.paragraph(run.subject, 0, Style::kBold);
  if (!run.subject_detail.empty()) sheet.paragraph(run.subject_detail, kIndent, Style::kPlain);
  const std::string machine = machine_line(run.environment);
  if (!machine.empty()) sheet.paragraph(machine, kIndent, Style::kPlain);
  if (const std::string device = device_line(run.limits); !device.empty())
    sheet.paragraph(device, kIndent, Style::kPlain);
  for (const Group& group : groups_of(run, options.show_rejected)) add_group(group, sheet);
  add_findings(run, sheet);
  add_summary(run, options.show_rejected, sheet);
  return sheet.text;
}

}  // namespace assay::report
