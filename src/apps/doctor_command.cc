// SPDX-License-Identifier: Apache-2.0
// `assay doctor`: what can be resolved on this machine, and what cannot.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/command.h"
#include "apps/interrupt.h"
#include "apps/terminal.h"
#include "base/text.h"
#include "kernels/kernel_list.h"
#include "measure/environment.h"
#include "programs/device_advice.h"
#include "programs/interleave.h"
#include "programs/machine_advice.h"
#include "programs/suite_program.h"
#include "report/text_layout.h"

namespace assay::apps {
namespace {

constexpr const char* kKernel =
    "rmsnorm/reference batch=128 width=576";  // runs on every CPU, a fraction of a millisecond

struct Options {
  bool json = false;
  bool quick = false;
};

programs::ArmSource kernel_source(Clock& clock) {
  const auto open = []() -> Result<std::unique_ptr<programs::Program>> {
    return programs::make_suite_program(kernels::all_kernels(), {{}, 1, "built in"});
  };
  return {"kernels", kKernel, [open, &clock] { return programs::fork_arm(open, clock); }};
}

Result<programs::SelfComparison> compare_kernel_with_itself(Clock& clock, ProgressLine& line) {
  const programs::ArmSource kernel = kernel_source(clock);
  programs::SuiteArms arms(kernel, kernel);
  programs::SelfComparisonOptions options;
  options.stop = &interrupt_flag();
  options.progress = [&](double fraction) {
    line.show(fmt::format("comparing a kernel with itself {}", progress_bar(fraction)));
  };
  return programs::compare_with_itself(arms, clock, options);
}

std::string text_of(const measure::Environment& machine, const std::vector<programs::MachineLine>& lines,
                    int width) {
  std::string out = fmt::format("{}, {} CPUs{}, {}\n\n", machine.cpu, machine.logical_cpus,
                                machine.hypervisor.empty() ? "" : ", virtual machine", machine.os);
  constexpr std::size_t kIndent = 9;
  for (const programs::MachineLine& line : lines) {
    std::string text = fmt::format("{}: {}; {}.", line.what, line.got, line.means);
    if (!line.advice.empty()) text += " " + line.advice;
    std::string head = report::pad_right(programs::health_name(line.health), kIndent);
    for (const std::string& row : report::wrap(text, static_cast<std::size_t>(width) - kIndent)) {
      out += head + row + "\n";
      head.assign(kIndent, ' ');
    }
  }
  return out;
}

std::string json_of(const measure::Environment& machine, const programs::MachineFacts& facts,
                    const std::vector<programs::MachineLine>& lines) {
  nlohmann::ordered_json json;
  json["machine"] = {{"cpu", machine.cpu},
                     {"cpus", machine.logical_cpus},
                     {"os", machine.os},
                     {"virtual", facts.is_virtual}};
  if (facts.self) {
    json["smallest_detectable"] = facts.self->smallest_detectable;
    json["comparisons"] = facts.self->comparisons;
    json["false_alarms"] = facts.self->false_alarms;
  }
  json["lines"] = nlohmann::ordered_json::array();
  for (const programs::MachineLine& line : lines) {
    json["lines"].push_back({{"what", line.what},
                             {"health", programs::health_name(line.health)},
                             {"got", line.got},
                             {"means", line.means},
                             {"advice", line.advice}});
  }
  return json.dump(2) + "\n";
}

Result<int> run(const Options& options) {
  SteadyClock clock;
  ProgressLine line;
  line.show("watching the core");
  programs::MachineFacts facts = programs::find_machine_facts(clock);
  if (!options.quick) {
    ASSAY_TRY(facts.self, compare_kernel_with_itself(clock, line));
  }
  line.show("asking the GPU");
  const auto device = programs::find_device_facts(clock);
  line.clear();
  const measure::Environment machine = measure::collect_environment({.anonymise = true, .command_line = {}});
  auto lines = programs::advise(facts);
  for (programs::MachineLine& one : programs::advise_device(device)) lines.push_back(std::move(one));
  const std::string text =
      options.json ? json_of(machine, facts, lines) : text_of(machine, lines, terminal_width(stdout));
  std::fputs(text.c_str(), stdout);
  return kSuccess;
}

}  // namespace

void add_doctor_command(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("doctor", "Say what can be resolved on this machine, and what cannot");
  command->add_flag("--json", options->json, "Print JSON");
  command->add_flag("--quick", options->quick,
                    "Leave out the comparison of a kernel with itself: a second in all");
  command->footer(
      "Examples:\n  assay doctor\n  assay doctor --quick --json\n\n"
      "Takes some 25 s. Each line: what was looked at, what was found, what it means, what to do.\n"
      "Exit status: 0; 4 if it could not be done, 130 interrupted.");
  command->callback([options, &chosen] { chosen = [options](const CommandLine&) { return run(*options); }; });
}

}  // namespace assay::apps
