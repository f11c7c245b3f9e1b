// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "apps/command.h"
#include "apps/command_line.h"

namespace assay::apps {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  assay model get smollm2-135m-instruct      download a model, checked against its hash\n"
    "  assay bench smollm2-135m-instruct          measure and judge it on this CPU\n"
    "  assay generate smollm2-135m-instruct --chat --prompt 'Why is the sky blue?'\n"
    "  assay bench ./libsaxpy.so --max-time 20    measure a suite of your own (docs/suites.md)\n"
    "  assay compare --interleave --gate 'slower than 2%' -- ./old/bench -- ./new/bench\n"
    "  assay doctor                               what this machine can resolve, and what it cannot\n"
    "  assay limits                               what this machine can do at best\n"
    "  assay report assay-out/RECORD.jsonl --format html -o report.html\n"
    "\n"
    "Exit status, the first that applies: 130 interrupted, 4 assay could not do its work, 3 a number was "
    "rejected,\n1 a regression was found (--gate), 2 nothing was resolved or the time was over, 0 all well.";

int run(int argc, char** argv) {
  CLI::App app{"assay measures language models and kernels, and refuses numbers that mislead.", "assay"};
  app.set_version_flag("--version", "assay " ASSAY_VERSION);
  app.require_subcommand(1);
  app.footer(kExamples);
  Action chosen;
  add_bench_command(app, chosen);
  add_cases_command(app, chosen);
  add_compare_command(app, chosen);
  add_doctor_command(app, chosen);
  add_generate_command(app, chosen);
  add_limits_command(app, chosen);
  add_model_command(app, chosen);
  add_report_command(app, chosen);
  add_logits_command(app, chosen);
  return run_command_line(app, chosen, argc, argv);
}

}  // namespace
}  // namespace assay::apps

int main(int argc, char** argv) { return assay::apps::run(argc, argv); }
