// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where and by what a measurement was made. Collected once a run; a fact that the system does not tell is empty.
#include <cstdint>
#include <string>
#include <vector>

namespace assay::measure {

struct Environment {
  std::string started_at;  // UTC
  std::string host;        // empty with --anonymise
  std::string user;        // empty with --anonymise
  std::string os;          // "Linux 6.1.0"
  std::string cpu;
  int logical_cpus = 0;
  std::int64_t memory_bytes = 0;
  std::string governor;    // cpufreq governor, empty if there is none to read
  std::string hypervisor;  // "yes" under virtualisation, "" if not seen
  double load_average = 0; // over one minute, at the start
  std::string compiler;    // that built assay
  std::string flags;       // build type and sanitizers
  std::string version;     // assay's
  std::string git_revision;// of assay's source, with "-dirty" if it was modified; empty outside a checkout
  std::string binary_sha256;
  std::vector<std::string> command_line;
};

struct EnvironmentOptions {
  bool anonymise = false;
  std::vector<std::string> command_line;
};
[[nodiscard]] Environment collect_environment(const EnvironmentOptions& options);

}  // namespace assay::measure
