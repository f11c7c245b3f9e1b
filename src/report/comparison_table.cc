// SPDX-License-Identifier: Apache-2.0
#include "report/comparison_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "report/number_format.h"
#include "report/text_layout.h"

namespace assay::report {
namespace {

constexpr std::size_t kWidestName = 48;
constexpr std::size_t kColumns = 6;
using Cells = std::array<std::string, kColumns>;

std::string ratio_text(const record::Ratio& ratio) {
  return fmt::format("{} [{}, {}]", ratio_number(ratio.estimate), ratio_number(ratio.lower),
                     ratio_number(ratio.upper));
}

const checks::Finding* rejecting_finding(const record::ComparedRow& row) {
  const auto found = std::find_if(row.findings.begin(), row.findings.end(),
                                  [](const auto& f) { return f.severity == checks::Severity::kReject; });
  return found == row.findings.end() ? nullptr : &*found;
}

std::string duration(double ns) { return finite(ns) ? format_duration_ns(ns) : std::string(kAbsent); }

// "2", "0.5": as the user wrote it.
std::string plain_number(double value) {
  return finite(value) ? fmt::format("{:g}", value) : std::string(kAbsent);
}

// A rejected row has no numbers.
Cells cells_of(const record::ComparedRow& row) {
  Cells cells{cut(plain(row.id), kWidestName), "", "", "", "", claim_text(row)};
  if (rejecting_finding(row) != nullptr) return cells;
  cells[1] = duration(row.a.median_ns);
  cells[2] = duration(row.b.median_ns);
  cells[3] = ratio_text(row.ratio);
  cells[4] = row.noise ? ratio_text(*row.noise) : std::string(kAbsent);
  return cells;
}

void add_paragraph(std::string_view words, std::size_t indent, int width, std::string& text) {
  const std::size_t room = static_cast<std::size_t>(std::max(width, 40)) - indent;
  for (const std::string& line : wrap(plain(words), room)) text += std::string(indent, ' ') + line + '\n';
}

// Where the table is wider than the terminal: a paragraph for each row.
void add_stacked(const std::string& id, const Cells& names, const Cells& row, int width, std::string& text) {
  add_paragraph(id, 2, width, text);
  std::string numbers;
  for (std::size_t c = 1; c + 1 < kColumns; ++c) {
    if (!row[c].empty()) numbers += fmt::format("{}{}: {}", numbers.empty() ? "" : "; ", names[c], row[c]);
  }
  if (!numbers.empty()) add_paragraph(numbers, 4, width, text);
  add_paragraph(row[kColumns - 1], 4, width, text);
}

void add_rows(const std::vector<record::ComparedRow>& rows, int width, std::string& text) {
  std::vector<Cells> lines{{"", "A", "B", "B / A", "A / A", ""}};
  for (const record::ComparedRow& row : rows) lines.push_back(cells_of(row));
  std::array<std::size_t, kColumns> widths{};
  for (const Cells& line : lines) {
    for (std::size_t c = 0; c < kColumns; ++c) widths[c] = std::max(widths[c], display_width(line[c]));
  }
  std::size_t all = 2 * kColumns;
  for (const std::size_t column : widths) all += column;
  if (all > static_cast<std::size_t>(width)) {
    for (std::size_t i = 1; i < lines.size(); ++i)
      add_stacked(rows[i - 1].id, lines[0], lines[i], width, text);
    return;
  }
  for (const Cells& line : lines) {
    std::string made = "  " + pad_right(line[0], widths[0]);
    for (std::size_t c = 1; c + 1 < kColumns; ++c) made += "  " + pad_left(line[c], widths[c]);
    made += "  " + line[kColumns - 1];
    made.erase(made.find_last_not_of(' ') + 1);
    text += made + '\n';
  }
}

void add_details(const record::ComparedRow& row, int width, std::string& text) {
  const std::string gate = gate_text(row);
  if (gate.empty() && row.findings.empty()) return;
  text += '\n' + plain(row.id) + '\n';
  if (!gate.empty()) add_paragraph(gate, 2, width, text);
  for (const checks::Finding& finding : row.findings) {
    add_paragraph(fmt::format("{}: {}", finding.code, finding.evidence), 2, width, text);
    if (!finding.remedy.empty()) add_paragraph("remedy: " + finding.remedy, 6, width, text);
  }
}

std::string method_text(const record::ComparedRow& row) {
  const std::string confidence = three_digits(100 * row.ratio.confidence);
  if (row.kind == "records") {
    return fmt::format(
        "Ratio of two medians that were measured at different times, with an interval of {} % from those "
        "of "
        "each run. It does not hold what differs between processes, nor what changed on the machine between "
        "the "
        "two runs, and nothing says how far A is from itself: no difference is claimed. To find out, run "
        "both in "
        "turn: assay compare --interleave -- CMD_A -- CMD_B",
        confidence);
  }
  std::string text = fmt::format(
      "Ratio of times with an interval of {} % or more over {} to {} fresh processes an arm; A / A is a "
      "second "
      "process of A in the same rounds: the noise floor.",
      confidence, row.rounds, row.rounds);
  if (row.kind == "whole-process") {
    text += fmt::format(" Commands are timed from start to end{}.",
                        row.empty_process_ns ? fmt::format(", of which a process that does nothing takes {}",
                                                           duration(*row.empty_process_ns))
                                             : "");
  }
  return text;
}

}  // namespace

std::string claim_text(const record::ComparedRow& row) {
  if (const checks::Finding* finding = rejecting_finding(row)) return "rejected: " + finding->code;
  const double change = row.ratio.estimate - 1;
  if (row.claim == "slower") return fmt::format("{} slower", percent(change));
  if (row.claim == "faster") return fmt::format("{} less time", percent(-change));
  if (row.claim == "unusable") return "unusable: A differs from itself";
  if (row.claim == "no difference") {
    if (!(row.smallest_detectable < 1)) return "no difference resolved (none under 100 % could be)";
    return fmt::format("no difference resolved at ± {}", percent(row.smallest_detectable));
  }
  const bool apart = row.ratio.lower > 1 || row.ratio.upper < 1;
  return apart ? "intervals lie apart" : "intervals overlap";
}

std::string gate_text(const record::ComparedRow& row) {
  if (!row.gate) return "";
  const record::ComparedGate& gate = *row.gate;
  const std::string limit = fmt::format("gate \"slower than {}%\": ", plain_number(100 * gate.slower_than));
  if (gate.state == "green")
    return limit + fmt::format("green, the slowdown is under {}", percent(gate.upper));
  if (gate.state == "red") {
    return limit +
           fmt::format("red, the slowdown is over {}; confirmed with fresh processes", percent(gate.lower));
  }
  if (gate.state == "unconfirmed") {
    return limit + fmt::format("open, the slowdown was over {}, but not again with fresh processes",
                               percent(gate.lower));
  }
  const std::string bounds =
      fmt::format("open, the slowdown is from {} to {}; ", percent(gate.lower), percent(gate.upper));
  if (gate.pairs_needed < 0) return limit + bounds + "more pairs would not decide it soon";
  return limit + bounds + fmt::format("{} more pairs would decide it", gate.pairs_needed);
}

std::string comparison_table(const record::Run& run, int width) {
  if (run.comparisons.empty()) return "";
  const record::ComparedRow& first = run.comparisons.front();
  std::string text;
  if (!run.subject.empty()) add_paragraph(run.subject, 0, width, text);
  if (!run.subject_detail.empty()) add_paragraph(run.subject_detail, 2, width, text);
  text += '\n';
  add_rows(run.comparisons, width, text);
  for (const record::ComparedRow& row : run.comparisons) add_details(row, width, text);
  text += '\n';
  add_paragraph(method_text(first), 0, width, text);
  return text;
}

}  // namespace assay::report
