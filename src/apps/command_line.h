// SPDX-License-Identifier: Apache-2.0
#pragma once
// From the words of a command line to an exit status, for `assay` and for programs with a suite of their own.
// Every failure is one line on standard error.
#include "apps/command.h"

namespace assay::apps {

// Parses, and runs the action that the app or a subcommand left in `chosen`. Where a command is missing, the
// help goes to standard error.
[[nodiscard]] int run_command_line(CLI::App& app, const Action& chosen, int argc, char** argv);

}  // namespace assay::apps
