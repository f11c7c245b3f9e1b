// SPDX-License-Identifier: Apache-2.0
// `assay cases run`: the lie detector (cases/README.md).
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "apps/command.h"
#include "apps/limits_store.h"
#include "apps/terminal.h"
#include "base/text.h"
#include "cases/trial.h"

namespace assay::apps {
namespace {

std::string severity_word(checks::Severity severity) {
  return severity == checks::Severity::kReject ? "reject" : "qualify";
}

std::string expected_text(const cases::Expectation& expected) {
  if (expected.code.empty()) return "nothing";
  return fmt::format("{} ({})", expected.code, severity_word(expected.severity));
}

std::string got_text(const cases::Trial& trial) {
  std::string text;
  for (const checks::Finding& finding : trial.findings) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", finding.code, severity_word(finding.severity));
  }
  return text.empty() ? "nothing" : text;
}

std::string verdict_text(const cases::Trial& trial) {
  if (!trial.expected->code.empty()) return trial.as_expected ? "caught" : "MISSED";
  return trial.as_expected ? "trusted" : "ACCUSED";
}

void print_line(const cases::Trial& trial) {
  const bool scripted = trial.expected->way == cases::Way::kScripted;
  std::fputs(fmt::format("{:8} {:34} expected {:32} got {}{}{}\n", verdict_text(trial), trial.expected->name,
                         expected_text(*trial.expected), got_text(trial), scripted ? " [scripted]" : "",
                         trial.attempts > 1 ? fmt::format(" [attempt {}]", trial.attempts) : "")
                 .c_str(),
             stdout);
  if (!trial.as_expected) {
    for (const checks::Finding& finding : trial.findings)
      std::fputs(fmt::format("           {}: {}\n", finding.code, finding.evidence).c_str(), stdout);
  }
  std::fflush(stdout);  // the next worker is forked from this process
}

void print_score(const cases::Score& score) {
  fmt::print("\n{:18}{:>10}{:>10}\n", "", "found", "not found");
  fmt::print("{:18}{:>10}{:>10}\n", "lies", score.caught, score.lies - score.caught);
  fmt::print("{:18}{:>10}{:>10}\n\n", "honest twins", score.accused, score.honest - score.accused);
  fmt::print("honest twins that carry contended, clock-moved or imprecise: {}/{}\n", score.tolerated,
             score.honest);
  fmt::print("trials that took more than one attempt: {}/{}\n", score.repeated, score.lies + score.honest);
  fmt::print("lies caught {}/{}, honest accused {}/{}\n", score.caught, score.lies, score.accused,
             score.honest);
}

constexpr double kCudaSilence_s = 4;  // opening a device may take two seconds

struct Options {
  std::string filter;
  std::string device = "cpu";
};

Result<int> run(const Options& chosen) {
  SteadyClock clock;
  cases::TrialOptions options;
  options.filter = chosen.filter;
  measure::Limits limits;
  if (chosen.device == "cuda") {
    ASSAY_TRY(limits.cuda, load_or_measure_device_limits(clock, /*fresh=*/false));
    options.device = Device::kCuda;
    options.longest_silence_s = kCudaSilence_s;
  } else {
    ASSAY_TRY(limits, load_or_measure_limits(clock, /*fresh=*/false));
  }
  options.progress = print_line;
  ASSAY_TRY(const auto trials, cases::run_trials(limits, clock, options));
  const cases::Score score = cases::score_of(trials);
  print_score(score);
  return score.caught == score.lies && score.accused == 0 ? kSuccess : kRejected;
}

}  // namespace

void add_cases_command(CLI::App& app, Action& chosen) {
  CLI::App* command =
      app.add_subcommand("cases", "Planted lies that assay must catch, and their honest twins");
  command->require_subcommand(1);
  CLI::App* run_command = command->add_subcommand("run", "Measure them all and keep the score");
  const auto options = std::make_shared<Options>();
  run_command->add_option("--filter", options->filter,
                          "Regular expression: only the cases whose name has a match");
  run_command->add_option("--device", options->device, "Where the programs run: cpu or cuda")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->capture_default_str();
  run_command->footer(
      "Examples:\n  assay cases run --filter inside\n  assay cases run --device cuda\n\n"
      "Exit status: 0 every lie was caught and nobody accused, 3 otherwise, 4 assay could not do its work.");
  run_command->callback(
      [options, &chosen] { chosen = [options](const CommandLine&) { return run(*options); }; });
}

}  // namespace assay::apps
