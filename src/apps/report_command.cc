// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "apps/command.h"
#include "apps/export_file.h"
#include "apps/terminal.h"
#include "base/mapped_file.h"
#include "base/text.h"
#include "record/import.h"
#include "report/csv.h"
#include "report/html.h"
#include "report/json.h"
#include "report/markdown.h"
#include "report/terminal_table.h"

namespace assay::apps {
namespace {

struct Options {
  std::string record;
  std::string format = "table";
  std::string output;
  std::vector<std::string> exports;
  bool show_rejected = false;
  std::string colour = "auto";
};

Result<std::string> render(const record::Run& run, const Options& options) {
  if (options.format == "html") return report::html(run);
  if (options.format == "csv") return report::csv(run);
  if (options.format == "markdown") return report::markdown(run);
  if (options.format == "json") return report::json(run);
  if (options.format != "table") {
    return fail(ErrorCode::kInvalidArgument,
                "--format: expected table, html, csv, markdown or json, got '{}'", printable(options.format));
  }
  ASSAY_TRY(const ColourChoice colour, parse_colour(options.colour));
  const bool to_file = !options.output.empty();
  return report::table(run, {.width = to_file ? 100 : terminal_width(stdout),
                             .colour = !to_file && use_colour(colour, stdout),
                             .show_rejected = options.show_rejected});
}

Result<int> run(const Options& options) {
  std::vector<Export> exports;
  for (const std::string& text : options.exports) {
    ASSAY_TRY(exports.emplace_back(), parse_export(text));
  }
  ASSAY_TRY(const record::Run recorded, record::read_any_run(options.record));
  for (const Export& wanted : exports) ASSAY_TRY_VOID(write_export(recorded, wanted));
  if (!exports.empty()) return kSuccess;
  ASSAY_TRY(const std::string text, render(recorded, options));
  if (options.output.empty()) {
    std::fwrite(text.data(), 1, text.size(), stdout);
  } else {
    ASSAY_TRY_VOID(write_file_atomically(options.output, std::as_bytes(std::span(text))));
  }
  return kSuccess;
}

}  // namespace

void add_report_command(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("report", "Make a table or a page from a record");
  command
      ->add_option("record", options->record,
                   "A .jsonl file that assay bench wrote, or JSON of Google Benchmark, nvbench, hyperfine or "
                   "llama-bench")
      ->required();
  command->add_option("--format", options->format, "table, html, csv, markdown or json")
      ->capture_default_str();
  command->add_option(
      "--export", options->exports,
      "FORMAT=FILE (repeatable) instead of a table: google-benchmark, futhark, csv or markdown");
  command->add_option("-o,--output", options->output, "Write to this file instead of standard output");
  command->add_flag("--show-rejected", options->show_rejected, "Show the numbers of rejected rows too");
  command->add_option("--colour,--color", options->colour, "auto, always or never")->capture_default_str();
  command->footer(
      "Examples:\n  assay report assay-out/RECORD.jsonl\n"
      "  assay report assay-out/RECORD.jsonl --format html -o report.html");
  command->callback([options, &chosen] { chosen = [options](const CommandLine&) { return run(*options); }; });
}

}  // namespace assay::apps
