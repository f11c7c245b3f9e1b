// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "apps/command.h"
#include "apps/limits_store.h"
#include "apps/user_folders.h"
#include "base/text.h"

namespace assay::apps {
namespace {

struct Options {
  bool fresh = false;
  bool json = false;
};

std::string table_of(const measure::Limits& limits) {
  std::string out = fmt::format("{}\nmeasured {}\n\nMemory, GB/s              size  threads   kernel\n",
                                limits.machine, limits.measured_at);
  for (const auto& b : limits.bandwidth) {
    out += fmt::format("  {:5} {:10.1f} {:>12}  {:>7}   {}\n", b.kind, b.bytes_per_second * 1e-9,
                       format_bytes(static_cast<double>(b.size_bytes)), b.threads, b.kernel);
  }
  out += "\nArithmetic, GFLOP/s           threads   kernel\n";
  for (const auto& c : limits.compute) {
    out += fmt::format("  {:8} {:12.1f}     {:>7}   {}\n", c.kind, c.flops_per_second * 1e-9, c.threads,
                       c.kernel);
  }
  out +=
      fmt::format("\nBarrier of all threads {}; clock step {}; empty timed region {}; last-level cache {}\n",
                  format_duration_ns(limits.barrier_ns), format_duration_ns(limits.clock_step_ns),
                  format_duration_ns(limits.empty_region_ns),
                  format_bytes(static_cast<double>(limits.last_level_cache_bytes)));
  return out;
}

Result<int> run(const Options& options) {
  SteadyClock clock;
  ASSAY_TRY(const measure::Limits limits, load_or_measure_limits(clock, options.fresh));
  const std::string text = options.json ? measure::limits_to_json(limits) + "\n" : table_of(limits);
  std::fputs(text.c_str(), stdout);
  return kSuccess;
}

}  // namespace

void add_limits_command(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("limits", "Measure what this machine can do at best, and keep it");
  command->add_flag("--fresh", options->fresh, "Measure again even if the cache has this machine's limits");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Example:\n  assay limits --fresh\n\nThe file is limits.json in assay's cache folder "
      "($XDG_CACHE_HOME/assay or ~/.cache/assay).");
  command->callback([options, &chosen] { chosen = [options](const CommandLine&) { return run(*options); }; });
}

}  // namespace assay::apps
