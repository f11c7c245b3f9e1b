// SPDX-License-Identifier: Apache-2.0
#pragma once
// What else the machine did while calls were timed: two snapshots of the system's counters and their
// difference. The counters step in units of 10 ms or so; windows much shorter than a second tell little. Not
// supported: which process took the time, per-core accounting, systems without /proc (every fact is then
// absent).
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "measure/evidence.h"

namespace assay::measure {

// Counters since some origin; a fact that the system does not tell is absent.
struct MachineCounters {
  std::int64_t wall_ns = 0;                          // on the clock handed in
  std::optional<std::int64_t> busy_ns;               // CPU time of everybody, all CPUs together
  std::optional<std::int64_t> steal_ns;              // taken by the hypervisor, all CPUs together
  std::optional<std::int64_t> own_ns;                // CPU time of this process, all threads
  std::optional<std::int64_t> involuntary_switches;  // of this process
  std::optional<std::int64_t> throttled_ns;          // of the cgroup that this process is in
};

// Reads the counters of the running system. Takes some 50 us: outside any timed region.
[[nodiscard]] MachineCounters read_machine_counters(Clock& clock);

// `cpus`: how many the case wants at once; requires cpus >= 1.
[[nodiscard]] ContentionEvidence contention_between(const MachineCounters& before,
                                                    const MachineCounters& after, int cpus, int machine_cpus);

// Text of /proc/stat -> busy and steal time; absent if there is no "cpu" line or it is not numbers.
struct StatTimes {
  std::int64_t busy_ns = 0;
  std::int64_t steal_ns = 0;
};
[[nodiscard]] std::optional<StatTimes> parse_proc_stat(std::string_view text, std::int64_t ticks_per_second);

// Text of a cgroup's cpu.stat, version 2 (throttled_usec) or 1 (throttled_time, ns); absent if it has
// neither.
[[nodiscard]] std::optional<std::int64_t> parse_throttled_ns(std::string_view text);

// Text of /proc/self/cgroup -> the path of the version 2 group ("0::/path"), or of the version 1 group of the
// controller "cpu"; absent if there is neither.
struct CgroupPath {
  int version = 2;
  std::string_view controllers;  // "cpu,cpuacct" for version 1: the name of its mount
  std::string_view path;
};
[[nodiscard]] std::optional<CgroupPath> parse_cgroup(std::string_view text);

}  // namespace assay::measure
