// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "apps/bench_session.h"
#include "apps/command.h"
#include "apps/interrupt.h"

namespace assay::apps {

void add_bench_command(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<BenchSessionOptions>();
  CLI::App* command = app.add_subcommand("bench", "Measure a language model and judge the numbers");
  command->add_option("model", options->model, "Name of a model (assay model list) or a GGUF file")
      ->required();
  command->add_option("--filter", options->filter,
                      "Measure only cases whose name this regular expression finds");
  command->add_flag("--list", options->list, "Name the cases and stop");
  command->add_flag("--dry-run", options->dry_run,
                    "Open everything, say what would be measured and for how long, stop");
  command->add_flag("--json", options->json, "Print one JSON document instead of the table");
  command->add_option("--record", options->record, "Record file (default assay-out/<time>.jsonl)");
  command->add_option("--html", options->html, "Page to write (default report.html)");
  command->add_flag("--no-html", options->no_html, "Write no page");
  command->add_option("--threads", options->backend.threads, "0: every CPU")
      ->capture_default_str()
      ->check(CLI::Range(0, 1024));
  command->add_flag("--pin", options->backend.pin, "Bind each thread to a CPU");
  command->add_option("--isa", options->backend.isa_name, "auto, reference, avx2 or avx512vnni")
      ->capture_default_str();
  command->add_option("--max-time", options->max_seconds, "Seconds for all cases together")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 86400.0));
  command
      ->add_option("--precision", options->target_half_width,
                   "Aim: half-width of the 95 % interval over the median")
      ->capture_default_str()
      ->check(CLI::Range(0.0001, 0.5));
  command->add_option("--seed", options->seed, "Chooses the calls whose outputs are checked")
      ->capture_default_str();
  command->add_flag("--show-rejected", options->show_rejected, "Show the numbers of rejected rows too");
  command->add_flag("--anonymise", options->anonymise, "Leave host and user out of the record");
  command->add_option("--colour,--color", options->colour, "auto, always or never")->capture_default_str();
  command->footer(
      "Examples:\n"
      "  assay bench smollm2-135m-instruct\n"
      "  assay bench model.gguf --filter decode --threads 1 --max-time 30\n"
      "  assay bench model.gguf --json --no-html > run.json\n"
      "\n"
      "Each case is called until the 95 % interval of its median is within --precision, at n = 100, 150, "
      "225, ...\n"
      "A rejected row prints its reasons instead of its number and makes the exit status 3.");
  command->callback([options, &chosen] {
    chosen = [options](const CommandLine& words) { return run_bench_session(*options, words); };
  });
}

}  // namespace assay::apps
