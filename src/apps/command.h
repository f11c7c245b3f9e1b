// SPDX-License-Identifier: Apache-2.0
#pragma once
// How main() and the subcommands meet: each adds its options to the parser and, when chosen, leaves an action
// behind.
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
}

namespace assay::apps {

// Exit status; the first that applies. 130 is an interrupt.
enum ExitStatus : int {
  kSuccess = 0,
  kRegression = 1,
  kInconclusive = 2,
  kRejected = 3,
  kHarnessError = 4,
  kInterrupted = 130,
};

// The work of a subcommand, given the words of the command line: an exit status, or an error that main()
// prints as one line.
using CommandLine = std::vector<std::string>;
using Action = std::function<Result<int>(const CommandLine&)>;

void add_bench_command(CLI::App& app, Action& chosen);
void add_cases_command(CLI::App& app, Action& chosen);
void add_compare_command(CLI::App& app, Action& chosen);
void add_doctor_command(CLI::App& app, Action& chosen);
void add_generate_command(CLI::App& app, Action& chosen);
void add_limits_command(CLI::App& app, Action& chosen);
void add_logits_command(CLI::App& app, Action& chosen);  // not in --help: for scripts/peer
void add_model_command(CLI::App& app, Action& chosen);
void add_report_command(CLI::App& app, Action& chosen);

}  // namespace assay::apps
