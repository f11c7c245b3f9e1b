// SPDX-License-Identifier: Apache-2.0
// Suite::main: the command line of a program that has its own suite (assay/assay.h). It is `assay bench` with
// the suite in place of a target.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "apps/bench_command.h"
#include "apps/command.h"
#include "assay/assay.h"

namespace assay {
namespace {

int print_error(const std::string& suite, std::string message) {
  for (char& c : message) c = c == '\n' ? ' ' : c;  // CLI11's messages may span lines; an error is one line
  fmt::print(stderr, "{}: {}\n", suite, message);
  return apps::kHarnessError;
}

}  // namespace

int Suite::main(int argc, char** argv) {
  CLI::App app{"Measures the suite '" + name + "' with assay, and refuses numbers that mislead.", name};
  apps::BenchSessionOptions options;
  apps::add_bench_options(app, options);
  app.footer(
      "Exit status: 0 all well, 2 the time was over before every case was measured, 3 a number was "
      "rejected,\n"
      "4 assay could not do its work, 130 interrupted.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) {  // --help
    return app.exit(wanted);
  } catch (const CLI::ParseError& error) {
    return print_error(name, fmt::format("{}; see --help", error.what()));
  }
  const Result<int> status = apps::run_bench_session(options, apps::CommandLine(argv, argv + argc), this);
  if (status) return *status;
  print_error(name, status.error().message);
  return status.error().code == ErrorCode::kCancelled ? apps::kInterrupted : apps::kHarnessError;
}

}  // namespace assay
