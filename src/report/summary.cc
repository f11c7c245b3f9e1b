// SPDX-License-Identifier: Apache-2.0
#include "report/summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace assay::report {
namespace {

template <typename Fact>
bool nobody_tells(const record::Run& run, Fact fact) {
  return std::none_of(run.measurements.begin(), run.measurements.end(), [&](const record::Measurement& m) {
    return (m.evidence.contention.*fact).has_value();
  });
}

}  // namespace

Summary summary_of(const record::Run& run) {
  Summary summary;
  for (const record::Measurement& m : run.measurements) {
    const bool trusted = m.verdict == checks::Verdict::kTrusted;
    ++(trusted                                    ? summary.trusted
       : m.verdict == checks::Verdict::kQualified ? summary.qualified
                                                  : summary.rejected);
  }
  using Contention = measure::ContentionEvidence;
  if (run.environment.governor.empty()) summary.unknown.emplace_back("frequency governor");
  if (run.measurements.empty()) return summary;
  if (nobody_tells(run, &Contention::steal_ns))
    summary.unknown.emplace_back("CPU time stolen by a hypervisor");
  if (nobody_tells(run, &Contention::other_cpu_ns))
    summary.unknown.emplace_back("CPU time of other processes");
  if (nobody_tells(run, &Contention::involuntary_switches))
    summary.unknown.emplace_back("involuntary switches");
  if (nobody_tells(run, &Contention::throttled_ns)) summary.unknown.emplace_back("throttling by the cgroup");
  return summary;
}

std::string counts_line(const Summary& summary) {
  const int all = summary.trusted + summary.qualified + summary.rejected;
  if (all == 0) return "nothing was measured";
  return fmt::format("{} measurement{}: {} trusted, {} qualified, {} rejected", all, all == 1 ? "" : "s",
                     summary.trusted, summary.qualified, summary.rejected);
}

std::string incomplete_line(const record::Run& run) {
  if (run.cut_line)
    return "The record ends in half a line, which is left out: the run was killed or its disk was full.";
  if (!run.complete) return "The run was stopped before its end; measurements are missing.";
  return "";
}

std::string machine_line(const measure::Environment& environment) {
  std::vector<std::string> parts;
  if (!environment.cpu.empty()) parts.push_back(environment.cpu);
  if (environment.logical_cpus > 0) {
    parts.push_back(
        fmt::format("{} CPU{}", environment.logical_cpus, environment.logical_cpus == 1 ? "" : "s"));
  }
  if (environment.memory_bytes > 0)
    parts.push_back(format_bytes(static_cast<double>(environment.memory_bytes)));
  if (!environment.hypervisor.empty()) parts.emplace_back("virtual machine");
  if (!environment.os.empty()) parts.push_back(environment.os);
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string device_line(const measure::Limits& limits) {
  if (!limits.cuda) return "";
  const measure::DeviceLimits& device = *limits.cuda;
  std::string line = fmt::format("{}, {} multiprocessors, {}, driver {}", device.name, device.multiprocessors,
                                 format_bytes(static_cast<double>(device.memory_bytes)), device.driver);
  if (device.power_limit_w > 0) line += fmt::format(", power limit {:.0f} W", device.power_limit_w);
  return line;
}

std::string shell_line(const std::vector<std::string>& words) {
  const auto is_safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./:=,+@%").find(c) != std::string_view::npos;
  };
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    if (!word.empty() && std::all_of(word.begin(), word.end(), is_safe)) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) c == '\'' ? line += "'\\''" : line += c;
    line += '\'';
  }
  return line;
}

std::string short_name(const record::Measurement& measurement, const record::Run& run) {
  std::string id = measurement.what.id();
  if (!run.subject.empty() && id.starts_with(run.subject + "/")) id.erase(0, run.subject.size() + 1);
  return id;
}

}  // namespace assay::report
