// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "apps/command.h"
#include "apps/compare_session.h"
#include "apps/terminal.h"
#include "base/text.h"
#include "record/reader.h"
#include "report/compared_records.h"
#include "report/comparison_table.h"
#include "report/json.h"

namespace assay::apps {
namespace {

struct Options {
  CompareSessionOptions session;
  bool interleave = false;
  std::vector<std::string> rest;  // two records, or what stands behind the first "--"
};

Result<int> compare_two_records(const Options& options) {
  if (options.rest.size() != 2) {
    return fail(ErrorCode::kInvalidArgument,
                "expected two records, got {} files; or --interleave -- CMD_A -- CMD_B", options.rest.size());
  }
  if (!options.session.gate.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "--gate: two old records cannot show a slowdown; use --interleave -- CMD_A -- CMD_B");
  }
  ASSAY_TRY(const record::Run a, record::read_run(options.rest[0]));
  ASSAY_TRY(const record::Run b, record::read_run(options.rest[1]));
  const report::ComparedRecords compared = report::compare_records(a, b);
  record::Run run;
  run.environment = b.environment;
  run.subject = fmt::format("A: {}   B: {}", options.rest[0], options.rest[1]);
  run.comparisons = compared.rows;
  run.complete = true;
  if (options.session.json) {
    fmt::print("{}\n", report::json(run));
  } else {
    fmt::print("{}", report::comparison_table(run, terminal_width(stdout)));
  }
  for (const std::string& note : compared.notes) {
    fmt::print(options.session.json ? stderr : stdout, "note: {}\n", note);
  }
  if (compared.rows.empty()) {
    return fail(ErrorCode::kInvalidArgument, "{} and {} have no case with a number in common",
                options.rest[0], options.rest[1]);
  }
  return kSuccess;
}

// The words behind the first "--", and those behind the second.
Result<int> compare_interleaved(const Options& options, const CommandLine& words) {
  const auto first = std::find(words.begin(), words.end(), "--");
  const auto second = first == words.end() ? first : std::find(first + 1, words.end(), "--");
  if (second == words.end()) {
    return fail(
        ErrorCode::kInvalidArgument,
        "--interleave: expected two commands, each behind '--': assay compare --interleave -- CMD_A -- "
        "CMD_B");
  }
  return compare_commands({first + 1, second}, {second + 1, words.end()}, options.session, words);
}

}  // namespace

void add_compare_command(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("compare", "Compare two records, or two builds in turn");
  command->add_option("records", options->rest, "Two .jsonl files that assay bench wrote");
  command->add_flag(
      "--interleave", options->interleave,
      "Run two commands in turn: -- CMD_A -- CMD_B; assay suites stay, others start anew each time");
  command->add_option("--max-time", options->session.seconds, "Seconds for one row")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 86400.0));
  command
      ->add_option("--precision", options->session.precision,
                   "A row may end once a true difference of this share would have been found")
      ->capture_default_str()
      ->check(CLI::Range(0.0001, 0.5));
  command->add_option("--gate", options->session.gate,
                      "\"slower than X%\": exit 1 if B is, 0 if it is not, 2 if more pairs are needed");
  command->add_option("--seed", options->session.seed, "Decides the order of the turns")
      ->capture_default_str();
  command->add_option("--record", options->session.record,
                      "Record file (default assay-out/compare-<time>.jsonl)");
  command->add_flag("--json", options->session.json, "Print one JSON document instead of the table");
  command->add_flag("--anonymise", options->session.anonymise, "Leave host and user out of the record");
  command->footer(
      "Examples:\n"
      "  assay compare monday.jsonl tuesday.jsonl\n"
      "  assay compare --interleave -- ./old/bench -- ./new/bench\n"
      "  assay compare --interleave --gate \"slower than 2%\" -- gzip -9k a -- zstd -9k a\n"
      "\n"
      "Arms alternate in random, counter-balanced order in fresh processes, with a second process of A "
      "beside\n"
      "them: A / A is the noise floor. A report without any difference claims one in at most 1 % of runs.");
  command->callback([options, &chosen] {
    chosen = [options](const CommandLine& words) {
      return options->interleave ? compare_interleaved(*options, words) : compare_two_records(*options);
    };
  });
}

}  // namespace assay::apps
