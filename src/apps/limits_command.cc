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
  std::string device = "cpu";
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

std::string percent_of(double measured, double stated) {
  return stated > 0 ? fmt::format("{:5.1f} % of {:.4g}", 100 * measured / stated, stated * 1e-12) : "";
}

// What the maker states for operands of that kind; 0: nothing.
double stated_flops(const std::optional<measure::Datasheet>& sheet, std::string_view kind) {
  if (!sheet) return 0;
  if (kind == "tensor-f8") return sheet->tensor_8_bit_flops_per_second;
  if (kind.starts_with("tensor")) return sheet->tensor_16_bit_flops_per_second;
  return kind == "fma-f32" ? sheet->f32_flops_per_second : 0;
}

std::string table_of(const measure::DeviceLimits& device) {
  const auto sheet = measure::datasheet_of(device.name);
  std::string out = fmt::format(
      "{}\nmeasured {}; {} multiprocessors, {} of memory, L2 {}{}\n", device.key, device.measured_at,
      device.multiprocessors, format_bytes(static_cast<double>(device.memory_bytes)),
      format_bytes(static_cast<double>(device.l2_bytes)),
      device.highest_sm_hz > 0 ? fmt::format(", {:.0f} MHz after the probes", device.highest_sm_hz * 1e-6)
                               : "");
  out += fmt::format("\nMemory, GB/s              size  written  {:22} {}\n", "kernel",
                     sheet ? fmt::format("of TB/s stated for {}", sheet->device) : "");
  for (const auto& b : device.bandwidth) {
    const bool memory = b.size_bytes >= device.beyond_l2_bytes();
    out += fmt::format("  {:5} {:10.1f} {:>12}  {:>5.0f} %  {:22} {}\n", b.kind, b.bytes_per_second * 1e-9,
                       format_bytes(static_cast<double>(b.size_bytes)), 100 * b.written_share, b.kernel,
                       sheet && memory ? percent_of(b.bytes_per_second, sheet->bytes_per_second) : "");
  }
  out += fmt::format("\nArithmetic, TFLOP/s    sums  {:22} {}\n", "kernel",
                     sheet ? fmt::format("of TFLOP/s stated for {}, without sparsity", sheet->device) : "");
  for (const auto& c : device.compute) {
    out += fmt::format("  {:12} {:8.1f}   {:4}  {:22} {}\n", c.kind, c.flops_per_second * 1e-12,
                       c.accumulation, c.kernel, percent_of(c.flops_per_second, stated_flops(sheet, c.kind)));
  }
  const measure::DeviceCosts& cost = device.costs;
  const auto line = [&](const char* what, double ns) {
    out += fmt::format("  {:58} {}\n", what, ns > 0 ? format_duration_ns(ns) : "not measured");
  };
  out += "\nWhat nothing costs\n";
  line("host, to enqueue an empty kernel", cost.launch_ns);
  line("host, to enqueue an empty kernel and wait", cost.launch_sync_ns);
  line("host, to wait for an idle stream", cost.sync_ns);
  line("host, to enqueue a graph of one empty kernel", cost.graph_launch_ns);
  line("host, to enqueue such a graph and wait", cost.graph_sync_ns);
  line("device, each further empty kernel of a stream", cost.launch_gap_ns);
  line("device, each further empty kernel of a graph", cost.graph_node_ns);
  line("device, a barrier of all multiprocessors", cost.grid_barrier_ns);
  line("between two events with nothing between them", cost.event_pair_ns);
  line("between two events around an empty kernel", cost.event_kernel_ns);
  line("smallest difference of two event times", cost.event_step_ns);
  line("step of the device's wall clock", cost.global_timer_step_ns);
  return out;
}

Result<int> run(const Options& options) {
  SteadyClock clock;
  std::string text;
  if (options.device == "cuda") {
    ASSAY_TRY(const measure::DeviceLimits device, load_or_measure_device_limits(clock, options.fresh));
    measure::Limits alone;
    alone.cuda = device;
    text = options.json ? measure::limits_to_json(alone) + "\n" : table_of(device);
  } else {
    ASSAY_TRY(const measure::Limits limits, load_or_measure_limits(clock, options.fresh));
    text = options.json ? measure::limits_to_json(limits) + "\n" : table_of(limits);
  }
  std::fputs(text.c_str(), stdout);
  return kSuccess;
}

}  // namespace

void add_limits_command(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("limits", "Measure what this machine can do at best, and keep it");
  command->add_flag("--fresh", options->fresh, "Measure again even if the cache has this machine's limits");
  command->add_flag("--json", options->json, "Print JSON");
  command->add_option("--device", options->device, "Whose limits: cpu, or cuda for the first CUDA device")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->capture_default_str();
  command->footer(
      "Examples:\n  assay limits --fresh\n  assay limits --device cuda\n\nThe file is limits.json in assay's "
      "cache "
      "folder ($XDG_CACHE_HOME/assay or ~/.cache/assay). A device's limits are kept for\nits name, driver "
      "and power "
      "cap.");
  command->callback([options, &chosen] { chosen = [options](const CommandLine&) { return run(*options); }; });
}

}  // namespace assay::apps
