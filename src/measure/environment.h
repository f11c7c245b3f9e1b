// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where and by what a measurement was made. Collected once a run; a fact that the system does not tell is
// empty. Not supported: GPUs, frequencies over time.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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
  std::string governor;       // cpufreq governor, empty if there is none to read
  std::string hypervisor;     // "yes" under virtualisation, "" if not seen
  double load_average = 0;    // over one minute, at the start
  std::string compiler;       // that built assay
  std::string flags;          // build type and sanitizers
  std::string version;        // assay's
  std::string git_revision;   // of assay's source, with "-dirty" if it was modified; empty outside a checkout
  std::string binary_sha256;  // of the program that runs
  std::vector<std::string> command_line;
};

// Build type and flags of the binary: what the limits that it measures depend on.
[[nodiscard]] std::string_view build_flags();
// Of the sources that this was built from, "-dirty" behind it if they were changed; "" outside a repository.
[[nodiscard]] std::string_view git_revision();

struct EnvironmentOptions {
  bool anonymise = false;  // no host, no user, and of each path on the command line the file's name only
  std::vector<std::string> command_line;
};
// Reads files of /proc and /sys and hashes the running program: some 20 ms. Cannot fail: see above.
[[nodiscard]] Environment collect_environment(const EnvironmentOptions& options);

// Text of /proc/cpuinfo -> the first "model name"; empty if there is none.
[[nodiscard]] std::string parse_cpu_name(std::string_view cpuinfo);
// Text of /proc/cpuinfo -> "yes" if the flags name a hypervisor, else "".
[[nodiscard]] std::string parse_hypervisor(std::string_view cpuinfo);
// Text of /proc/meminfo -> MemTotal; absent if there is none.
[[nodiscard]] std::optional<std::int64_t> parse_memory_bytes(std::string_view meminfo);
// An argument without the folders of the path in it: "--record=/home/ann/x.jsonl" -> "--record=x.jsonl".
[[nodiscard]] std::string without_folders(std::string_view argument);

}  // namespace assay::measure
