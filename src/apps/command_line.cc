// SPDX-License-Identifier: Apache-2.0
#include "apps/command_line.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <system_error>

#include "base/text.h"

namespace assay::apps {
namespace {

int print_error(std::string_view message) {
  std::fflush(stdout);  // where both streams go to one file, the error comes last
  std::fprintf(stderr, "assay: %.*s\n", static_cast<int>(message.size()), message.data());
  return kHarnessError;
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

// The action, and whether all that it printed could be written.
Result<int> run(const Action& chosen, const CommandLine& words) {
  try {
    ASSAY_TRY(const int status, chosen(words));
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    return fail(ErrorCode::kIo, "standard output: {}", std::strerror(errno));
  } catch (const std::system_error& thrown) {  // fmt::print's
    return fail(ErrorCode::kIo, "standard output: {}", thrown.code().message());
  }
}

int print_parse_error(const CLI::App& app, const CLI::ParseError& error, const char* first_word) {
  const auto commands = app.get_subcommands();
  if (commands.empty() && first_word[0] != '-') return print_error(unknown_command(app, first_word));
  const std::string where = commands.empty() ? "" : commands.front()->get_name() + " ";
  return print_error(fmt::format("{}; see '{} {}--help'", one_line(error.what()), app.get_name(), where));
}

}  // namespace

int run_command_line(CLI::App& app, const Action& chosen, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) {  // --help, --version
    return app.exit(wanted);
  } catch (const CLI::ParseError& error) {
    if (argc > 1) return print_parse_error(app, error, argv[1]);
    std::fputs(app.help().c_str(), stderr);
    return kHarnessError;
  }
  const Result<int> status = run(chosen, CommandLine(argv, argv + argc));
  if (status) return *status;
  print_error(status.error().message);
  return status.error().code == ErrorCode::kCancelled ? kInterrupted : kHarnessError;
}

}  // namespace assay::apps
