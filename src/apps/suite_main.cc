// SPDX-License-Identifier: Apache-2.0
// Suite::main: assay's command line for a program with its own suite. Without a command it measures the
// suite.
#include <CLI/CLI.hpp>
#include <filesystem>

#include "apps/bench_command.h"
#include "apps/command.h"
#include "apps/command_line.h"
#include "assay/assay.h"
#include "base/text.h"

namespace assay::apps {
namespace {

int run_suite(const Suite& suite, int argc, char** argv) {
  CLI::App app{"Measures the suite '" + suite.name + "' and judges the numbers.",
               std::filesystem::path(argv[0]).filename().string()};
  app.set_version_flag("--version", "assay " ASSAY_VERSION);
  BenchSessionOptions options;
  add_bench_options(app, options);
  app.footer(
      fmt::format("Examples:\n"
                  "  {0} --list\n"
                  "  {0} --max-time 20 --export csv=times.csv\n"
                  "  {0} --vs OTHER_VARIANT --gate \"slower than 2%\"\n"
                  "\n{1}",
                  app.get_name(), kBenchMethod));
  Action chosen;
  add_compare_command(app, chosen);
  add_doctor_command(app, chosen);
  add_limits_command(app, chosen);
  add_report_command(app, chosen);
  const Action bench = [&](const CommandLine& words) -> Result<int> {
    return chosen ? chosen(words) : run_bench_session(options, words, &suite);
  };
  return run_command_line(app, bench, argc, argv);
}

}  // namespace
}  // namespace assay::apps

namespace assay {
int Suite::main(int argc, char** argv) { return apps::run_suite(*this, argc, argv); }
}  // namespace assay
