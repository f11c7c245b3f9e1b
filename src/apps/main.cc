// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string_view>
#include <vector>

#include "apps/command.h"
#include "base/text.h"

namespace assay::apps {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  assay model get smollm2-135m-instruct      download a model, checked against its hash\n"
    "  assay bench smollm2-135m-instruct          measure and judge it on this CPU\n"
    "  assay generate smollm2-135m-instruct --chat --prompt 'Why is the sky blue?'\n"
    "  assay limits                               what this machine can do at best\n"
    "  assay report assay-out/RECORD.jsonl --format html -o report.html\n"
    "\n"
    "Exit status: 0 all well, 3 a number was rejected, 4 assay could not do its work, 130 interrupted.";

void print_error(std::string_view message) {
  std::fprintf(stderr, "assay: %.*s\n", static_cast<int>(message.size()), message.data());
}

// CLI11's messages may span lines; an error is one line.
std::string one_line(std::string text) {
  for (char& c : text) c = c == '\n' ? ' ' : c;
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::string unknown_command(const CLI::App& app, std::string_view word) {
  std::vector<std::string_view> names;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  const std::string_view near = nearest_name(word, names);
  return fmt::format("there is no command '{}'; {}", printable(word),
                     near.empty() ? fmt::format("expected one of {}", fmt::join(names, ", "))
                                  : fmt::format("did you mean '{}'?", near));
}

int run(int argc, char** argv) {
  CLI::App app{"assay measures language models and kernels, and refuses numbers that mislead.", "assay"};
  app.set_version_flag("--version", "assay " ASSAY_VERSION);
  app.require_subcommand(1);
  app.footer(kExamples);
  Action chosen;
  add_bench_command(app, chosen);
  add_generate_command(app, chosen);
  add_limits_command(app, chosen);
  add_model_command(app, chosen);
  add_report_command(app, chosen);
  add_logits_command(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) {  // --help, --version
    return app.exit(wanted);
  } catch (const CLI::ParseError& error) {
    if (argc == 1) {
      std::fputs(app.help().c_str(), stderr);
      return kHarnessError;
    }
    const auto chosen_commands = app.get_subcommands();
    if (chosen_commands.empty() && argv[1][0] != '-') {
      print_error(unknown_command(app, argv[1]));
      return kHarnessError;
    }
    const std::string where = chosen_commands.empty() ? "" : chosen_commands.front()->get_name() + " ";
    print_error(fmt::format("{}; see 'assay {}--help'", one_line(error.what()), where));
    return kHarnessError;
  }
  const Result<int> status = chosen(CommandLine(argv, argv + argc));
  if (status) return *status;
  if (status.error().code == ErrorCode::kCancelled) {
    print_error(status.error().message);
    return kInterrupted;
  }
  print_error(status.error().message);
  return kHarnessError;
}

}  // namespace
}  // namespace assay::apps

int main(int argc, char** argv) { return assay::apps::run(argc, argv); }
