// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "apps/bench_command.h"
#include "apps/command.h"

namespace assay::apps {

namespace {

void add_selection(CLI::App& command, BenchSessionOptions& options) {
  command.add_option("--filter", options.filter,
                     "Measure only cases whose name this regular expression finds");
  command.add_option("--axis", options.axes, "Measure these values of an axis: n=4096,8192 (repeatable)");
  command
      .add_option("--device", options.device,
                  "Measure the variants of a suite for this device: cpu, cuda or all")
      ->capture_default_str();
  command.add_option("--vs", options.vs,
                     "Compare in turn with another variant, plug-in (.so) or program with a suite");
  command.add_option("--gate", options.gate,
                     "With --vs: \"slower than X%\": exit 1 if it is, 0 if not, 2 if more pairs are needed");
  command.add_option("--shard", options.shard, "I/N: every N-th case, beginning with the I-th");
  command.add_flag("--list", options.list, "Name the cases and stop");
  command.add_flag("--dry-run", options.dry_run,
                   "Open everything, say what would be measured and for how long, stop");
  command.add_option("--profile-once", options.profile_once,
                     "Call one case once, without the harness, in a function that profilers find: "
                     "assay_profile_region");
}

void add_output(CLI::App& command, BenchSessionOptions& options) {
  command.add_flag("--json", options.json, "Print one JSON document instead of the table");
  command.add_option("--record", options.record, "Record file (default assay-out/<time>.jsonl)");
  command.add_option("--resume", options.resume, "Go on with this record of a run that was stopped");
  command.add_option("--export", options.exports,
                     "FORMAT=FILE (repeatable): google-benchmark, futhark, csv or markdown");
  command.add_option("--html", options.html, "Page to write (default report.html)");
  command.add_flag("--no-html", options.no_html, "Write no page");
  command.add_flag("--show-rejected", options.show_rejected, "Show the numbers of rejected rows too");
  command.add_flag("--anonymise", options.anonymise, "Leave host and user out of the record");
  command.add_option("--colour,--color", options.colour, "auto, always or never")->capture_default_str();
}

void add_method(CLI::App& command, BenchSessionOptions& options) {
  command
      .add_option(
          "--max-time", options.max_seconds,
          "Seconds for the whole run, opening included (measuring this machine's limits, once, is not)")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 86400.0));
  command
      .add_option("--max-case-time", options.max_case_seconds,
                  "Seconds for one case (default: an equal part of what is left)")
      ->check(CLI::Range(0.01, 86400.0));
  command
      .add_option("--timeout", options.timeout_seconds,
                  "Seconds after which a call, or the set-up, that has not ended is killed")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 86400.0));
  command
      .add_option("--precision", options.target_half_width,
                  "Aim: half-width of the 95 % interval over the median")
      ->capture_default_str()
      ->check(CLI::Range(0.0001, 0.5));
  command.add_option("--seed", options.seed, "Chooses inputs, and the calls whose outputs are checked")
      ->capture_default_str();
}

}  // namespace

const char* const kBenchMethod =
    "Each case runs in a process of its own and is called until the 95 % interval of its median is within\n"
    "--precision, at n = 100, 150, 225, ... A rejected row prints its reasons instead of its number.\n"
    "\n"
    "Exit status: 0 all well, 2 --max-time was over before every case was measured, 3 a number was "
    "rejected,\n"
    "4 assay could not do its work, 130 interrupted. With --vs: see `compare --help`.";

void add_bench_options(CLI::App& command, BenchSessionOptions& options) {
  add_selection(command, options);
  add_method(command, options);
  add_output(command, options);
  command.get_option("--resume")->excludes("--record");
  command.get_option("--gate")->needs("--vs");
}

void add_bench_command(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<BenchSessionOptions>();
  CLI::App* command =
      app.add_subcommand("bench", "Measure a suite or a language model and judge the numbers");
  command
      ->add_option(
          "target", options->target,
          "A plug-in (./libsaxpy.so), `kernels`, the name of a model (assay model list) or a GGUF file")
      ->required();
  add_bench_options(*command, *options);
  command->add_option("--threads", options->backend.threads, "Of a model; 0: every CPU")
      ->capture_default_str()
      ->check(CLI::Range(0, 1024));
  command->add_flag("--pin", options->backend.pin, "Bind each thread of a model to a CPU");
  command->add_option("--isa", options->backend.isa_name, "Of a model: auto, reference, avx2 or avx512vnni")
      ->capture_default_str();
  command->footer(
      std::string("Examples:\n"
                  "  assay bench ./libsaxpy.so --axis n=4096,65536 --max-time 20\n"
                  "  assay bench smollm2-135m-instruct\n"
                  "  assay bench model.gguf --filter decode --threads 1 --json --no-html > run.json\n"
                  "\n") +
      kBenchMethod);
  command->callback([options, &chosen] {
    chosen = [options](const CommandLine& words) { return run_bench_session(*options, words); };
  });
}

}  // namespace assay::apps
