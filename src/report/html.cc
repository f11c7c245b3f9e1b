// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "report/groups.h"
#include "report/html_text.h"
#include "report/number_format.h"
#include "report/page_data.h"
#include "report/summary.h"

namespace assay::report {
namespace {

// Columns of less importance are not shown on a narrow screen: of the numbers, the headline, its interval and
// the per cent stay.
constexpr int kLeastOnNarrowScreen = 4;

using Facts = std::vector<std::pair<std::string_view, std::string>>;

std::string badge(checks::Verdict verdict) {
  const auto name = checks::verdict_name(verdict);
  return fmt::format(R"(<span class="badge {0}">{0}</span>)", name);
}

void add_head(const record::Run& run, std::string& page) {
  page += R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
)";
  page += fmt::format("<title>{} – assay</title>\n<style>\n{}</style>\n</head>\n<body>\n",
                      html_text(run.subject), kPageStyle);
}

void add_count(int count, std::string_view verdict, std::string& page) {
  page += fmt::format(R"(<li class="{} {}"><b>{}</b> {}</li>)"
                      "\n",
                      verdict, count == 0 ? "none" : "some", count, verdict);
}

void add_title(const record::Run& run, const Summary& summary, std::string& page) {
  page += "<header>\n<p class=\"brand\">assay</p>\n";
  page += fmt::format("<h1>{}</h1>\n", html_text(run.subject));
  if (!run.subject_detail.empty()) page += fmt::format("<p>{}</p>\n", html_text(run.subject_detail));
  page += fmt::format("<p class=\"quiet\">{}</p>\n", html_text(machine_line(run.environment)));
  if (const std::string device = device_line(run.limits); !device.empty())
    page += fmt::format("<p class=\"quiet\">{}</p>\n", html_text(device));
  if (!run.environment.started_at.empty()) {
    page += fmt::format("<p class=\"quiet\">Measured {}</p>\n", html_text(run.environment.started_at));
  }
  page += "<ul class=\"counts\">\n";
  add_count(summary.trusted, "trusted", page);
  add_count(summary.qualified, "qualified", page);
  add_count(summary.rejected, "rejected", page);
  page += "</ul>\n";
  if (const std::string line = incomplete_line(run); !line.empty())
    page += fmt::format("<p class=\"warning\">{}</p>\n", line);
  page += "</header>\n";
}

// The class of a column's cells: aligned to the right, hidden on a narrow screen.
std::string cell_class(const Column& column) {
  if (column.importance < kLeastOnNarrowScreen) return " class=\"number extra\"";
  return column.is_number ? " class=\"number\"" : "";
}

// Instead of a row's numbers: one cell over the columns that every screen shows, one over those that only a
// wide one does.
void add_reasons(const Group& group, const Row& row, std::string& page) {
  int shown = 0;
  int extra = 0;
  for (std::size_t c = 0; c + 1 < group.columns.size(); ++c) {
    if (!group.columns[c].is_axis) ++(group.columns[c].importance < kLeastOnNarrowScreen ? extra : shown);
  }
  page += fmt::format(R"(<td class="reasons" colspan="{}">{}</td>)", shown, html_text(row.reasons));
  if (extra > 0) page += fmt::format(R"(<td class="extra" colspan="{}"></td>)", extra);
}

void add_row(const Group& group, const Row& row, std::string& page) {
  page += "<tr>";
  for (std::size_t c = 0; c + 1 < group.columns.size(); ++c) {
    const Column& column = group.columns[c];
    if (row.withheld && !column.is_axis) continue;
    page += fmt::format("<td{}>{}</td>", cell_class(column), html_text(row.cells[c]));
  }
  if (row.withheld) add_reasons(group, row, page);
  page += fmt::format("<td>{}</td></tr>\n", badge(row.measurement->verdict));
}

void add_group(const Group& group, bool with_plot, int plot, std::string& page) {
  page += fmt::format("<section>\n<h2>{} <small>{}</small></h2>\n", html_text(group.name),
                      html_text(group.meaning));
  page += fmt::format("<p class=\"quiet\">{}</p>\n", html_text(group.setting));
  if (with_plot) {
    page += fmt::format(
        R"(<div class="plot"><canvas data-plot="{}" role="img" aria-label="{} over {}"></canvas></div>)"
        "\n",
        plot, html_text(group.meaning), html_text(group.columns.front().header));
  }
  page += "<div class=\"scroll\"><table>\n<thead><tr>";
  for (const Column& column : group.columns) {
    page += fmt::format("<th{}>{}</th>", cell_class(column), html_text(column.header));
  }
  page += "</tr></thead>\n<tbody>\n";
  for (const Row& row : group.rows) add_row(group, row, page);
  page += "</tbody>\n</table></div>\n";
  for (const std::string& note : group.limit_notes)
    page += fmt::format("<p class=\"note\">{}.</p>\n", html_text(note));
  page += "</section>\n";
}

void add_findings(const record::Run& run, std::string& page) {
  std::string list;
  for (const record::Measurement& m : run.measurements) {
    for (const checks::Finding& finding : m.findings) {
      const auto severity = finding.severity == checks::Severity::kReject ? "rejected" : "qualified";
      list +=
          fmt::format(R"(<article class="finding {}"><h3><code>{}</code> {}</h3><p>{}</p>)", severity,
                      html_text(finding.code), html_text(short_name(m, run)), html_text(finding.evidence));
      if (!finding.remedy.empty())
        list += fmt::format("<p class=\"remedy\">{}</p>", html_text(finding.remedy));
      list += "</article>\n";
    }
  }
  if (list.empty()) list = "<p>No check found a reason to distrust a number.</p>\n";
  page +=
      "<section>\n<h2>Findings <small>why a number is qualified or rejected, and what to do</small></h2>\n" +
      list + "</section>\n";
}

void add_samples(const std::vector<Group>& groups, const record::Run& run, std::string& page) {
  page +=
      "<section>\n<h2>Samples <small>time of every call, in the order they were made</small></h2>\n<div "
      "class=\"grid\">\n";
  int index = 0;
  for (const Group& group : groups) {
    for (const Row& row : group.rows) {
      const auto& samples = row.measurement->evidence.samples;
      page +=
          fmt::format("<figure><figcaption>{}</figcaption>", html_text(short_name(*row.measurement, run)));
      if (row.withheld) {
        page += "<p class=\"withheld\">withheld: rejected</p>";
      } else {
        page += fmt::format(
            R"(<div class="strip"><canvas data-samples="{}" role="img" aria-label="samples"></canvas></div>)",
            index);
      }
      const std::size_t n = samples.times_ns.size();
      const bool thinned = n > kMostSamplesDrawn && !row.withheld;
      page += fmt::format(
          "<p class=\"quiet\">{} samples{}, {} warm-up calls</p></figure>\n", n,
          thinned ? fmt::format(" (one in {} drawn)", (n + kMostSamplesDrawn - 1) / kMostSamplesDrawn) : "",
          samples.warmup_calls);
      ++index;
    }
  }
  page += "</div>\n</section>\n";
}

void add_facts(const Facts& facts, std::string& page) {
  page += "<table class=\"facts\">\n";
  for (const auto& [name, value] : facts) {
    page += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", name,
                        value.empty() ? std::string(kAbsent) : html_text(value));
  }
  page += "</table>\n";
}

void add_environment(const record::Run& run, const Summary& summary, std::string& page) {
  const measure::Environment& e = run.environment;
  page += "<section>\n<h2>Environment</h2>\n";
  add_facts({{"Processor", e.cpu},
             {"CPUs", std::to_string(e.logical_cpus)},
             {"Memory", format_bytes(static_cast<double>(e.memory_bytes))},
             {"System", e.os},
             {"Virtual machine", e.hypervisor},
             {"Frequency governor", e.governor},
             {"Load at the start", three_digits(e.load_average)},
             {"Host", e.host},
             {"User", e.user},
             {"Does not tell", fmt::format("{}", fmt::join(summary.unknown, ", "))}},
            page);
  page += "</section>\n";
}

void add_limits(const measure::Limits& limits, std::string& page) {
  page +=
      "<section>\n<h2>Limits <small>of this machine, as measured</small></h2>\n<div "
      "class=\"scroll\"><table>\n";
  page +=
      "<thead><tr><th>limit</th><th class=\"number\">threads</th><th class=\"number\">working set</th>"
      "<th class=\"number\">best seen</th><th>kernel</th></tr></thead>\n<tbody>\n";
  const auto row = [&](const std::string& kind, int threads, const std::string& size, const std::string& best,
                       const std::string& kernel) {
    page += fmt::format(
        "<tr><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>"
        "<td>{}</td></tr>\n",
        html_text(kind), threads, size, best, html_text(kernel));
  };
  for (const auto& b : limits.bandwidth) {
    row(b.kind, b.threads, format_bytes(static_cast<double>(b.size_bytes)),
        three_digits(finite(b.bytes_per_second * 1e-9)) + " GB/s", b.kernel);
  }
  for (const auto& c : limits.compute) {
    row(c.kind, c.threads, std::string(kAbsent), three_digits(finite(c.flops_per_second * 1e-9)) + " GFLOP/s",
        c.kernel);
  }
  page += "</tbody>\n</table></div>\n";
  add_facts({{"Measured", limits.measured_at},
             {"Machine", limits.machine},
             {"Last-level cache", format_bytes(static_cast<double>(limits.last_level_cache_bytes))},
             {"Barrier of all threads", three_digits(limits.barrier_ns) + " ns"},
             {"Step of the clock", three_digits(limits.clock_step_ns) + " ns"},
             {"Empty timed region", three_digits(limits.empty_region_ns) + " ns"}},
            page);
  page += "</section>\n";
}

void add_reproduction(const record::Run& run, std::string& page) {
  const measure::Environment& e = run.environment;
  page += "<section>\n<h2>Reproduce</h2>\n";
  if (!e.command_line.empty()) page += fmt::format("<pre>{}</pre>\n", html_text(shell_line(e.command_line)));
  add_facts({{"Measured file, sha256", run.subject_sha256},
             {"assay", e.version},
             {"Source revision", e.git_revision},
             {"Program, sha256", e.binary_sha256},
             {"Compiler", e.compiler},
             {"Build", e.flags}},
            page);
  page +=
      "<p class=\"note\">Times are medians; intervals are order-statistic intervals of 95 % unless a finding "
      "says otherwise. "
      "A percentage is of a limit that was measured on this machine.</p>\n</section>\n";
}

void add_scripts(const std::vector<Group>& groups, std::string_view chart_library, std::string& page) {
  if (chart_library.empty()) return;
  page += fmt::format("<script type=\"application/json\" id=\"data\">{}</script>\n",
                      script_json(page_data(groups)));
  page += fmt::format("<script>\n{}\n</script>\n<script>\n{}</script>\n", chart_library, kPageScript);
}

}  // namespace

std::string html(const record::Run& run, const HtmlOptions& options) {
  const std::vector<Group> groups = groups_of(run, options.show_rejected);
  const Summary summary = summary_of(run);
  const bool with_plots = !options.chart_library.empty();
  std::string page;
  add_head(run, page);
  add_title(run, summary, page);
  page += "<main>\n";
  if (with_plots)
    page += "<noscript><p class=\"warning\">The plots need JavaScript; the tables do not.</p></noscript>\n";
  if (!with_plots)
    page += "<p class=\"warning\">This assay was built without Chart.js: the plots are left out.</p>\n";
  int plot = 0;
  for (const Group& group : groups) {
    const bool drawn = with_plots && has_plot(group);
    add_group(group, drawn, plot, page);
    if (drawn) ++plot;
  }
  add_findings(run, page);
  if (with_plots && !groups.empty()) add_samples(groups, run, page);
  add_environment(run, summary, page);
  add_limits(run.limits, page);
  add_reproduction(run, page);
  page += "</main>\n";
  add_scripts(groups, options.chart_library, page);
  return page + "</body>\n</html>\n";
}

}  // namespace assay::report
