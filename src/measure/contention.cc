// SPDX-License-Identifier: Apache-2.0
#include "measure/contention.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "measure/system_files.h"

namespace assay::measure {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> result;
  for (const std::string_view word : split(line, ' ')) {
    if (!word.empty()) result.push_back(word);
  }
  return result;
}

std::optional<std::int64_t> own_cpu_time_ns() {
  timespec time{};
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0) return std::nullopt;
  return static_cast<std::int64_t>(time.tv_sec) * kNsPerSecond + time.tv_nsec;
}

std::optional<std::int64_t> own_involuntary_switches() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return std::nullopt;
  return usage.ru_nivcsw;
}

std::optional<std::int64_t> cgroup_throttled_ns() {
  const std::string membership = read_system_file("/proc/self/cgroup");
  const auto group = parse_cgroup(membership);
  if (!group) return std::nullopt;
  std::string root = "/sys/fs/cgroup";
  if (group->version == 1) root.append("/").append(group->controllers);
  // Inside a container the group's own folder is mounted as the root, and its path is not to be seen.
  for (const std::string& folder : {root + std::string(group->path), root}) {
    if (const auto throttled = parse_throttled_ns(read_system_file(folder + "/cpu.stat"))) return throttled;
  }
  return std::nullopt;
}

std::optional<std::int64_t> difference(const std::optional<std::int64_t>& before,
                                       const std::optional<std::int64_t>& after) {
  if (!before || !after) return std::nullopt;
  return std::max<std::int64_t>(*after - *before, 0);
}

}  // namespace

std::optional<StatTimes> parse_proc_stat(std::string_view text, std::int64_t ticks_per_second) {
  ASSAY_CHECK(ticks_per_second > 0, "{} ticks", ticks_per_second);
  for (const std::string_view line : split(text, '\n')) {
    if (!line.starts_with("cpu ")) continue;
    // cpu user nice system idle iowait irq softirq steal guest guest_nice; guests are part of user and nice.
    std::vector<std::int64_t> ticks;
    for (const std::string_view word : words(line.substr(4))) {
      const auto value = parse_number(word);
      if (!value) return std::nullopt;
      ticks.push_back(*value);
    }
    if (ticks.size() < 8) return std::nullopt;
    const std::int64_t tick_ns = kNsPerSecond / ticks_per_second;
    return StatTimes{(ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) * tick_ns, ticks[7] * tick_ns};
  }
  return std::nullopt;
}

std::optional<std::int64_t> parse_throttled_ns(std::string_view text) {
  for (const std::string_view line : split(text, '\n')) {
    const auto parts = words(line);
    if (parts.size() != 2) continue;
    const auto value = parse_number(parts[1]);
    if (!value) continue;
    if (parts[0] == "throttled_usec") return *value * 1000;
    if (parts[0] == "throttled_time") return *value;
  }
  return std::nullopt;
}

std::optional<CgroupPath> parse_cgroup(std::string_view text) {
  std::optional<CgroupPath> version_2;
  for (const std::string_view line : split(text, '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const std::string_view path = line.substr(second + 1);
    for (const std::string_view controller : split(controllers, ',')) {
      if (controller == "cpu") return CgroupPath{1, controllers, path};
    }
    if (controllers.empty()) version_2 = CgroupPath{2, {}, path};
  }
  return version_2;
}

MachineCounters read_machine_counters(Clock& clock) {
  MachineCounters counters;
  if (const auto times = parse_proc_stat(read_system_file("/proc/stat"), sysconf(_SC_CLK_TCK))) {
    counters.busy_ns = times->busy_ns;
    counters.steal_ns = times->steal_ns;
  }
  counters.own_ns = own_cpu_time_ns();
  counters.involuntary_switches = own_involuntary_switches();
  counters.throttled_ns = cgroup_throttled_ns();
  counters.wall_ns = clock.now_ns();
  return counters;
}

ContentionEvidence contention_between(const MachineCounters& before, const MachineCounters& after, int cpus,
                                      int machine_cpus) {
  ASSAY_CHECK(cpus >= 1, "{} cpus", cpus);
  ContentionEvidence evidence;
  evidence.wall_ns = after.wall_ns - before.wall_ns;
  evidence.cpus = cpus;
  evidence.machine_cpus = machine_cpus;
  evidence.steal_ns = difference(before.steal_ns, after.steal_ns);
  evidence.involuntary_switches = difference(before.involuntary_switches, after.involuntary_switches);
  evidence.throttled_ns = difference(before.throttled_ns, after.throttled_ns);
  const auto busy_ns = difference(before.busy_ns, after.busy_ns);
  const auto own_ns = difference(before.own_ns, after.own_ns);
  if (busy_ns && own_ns) evidence.other_cpu_ns = std::max<std::int64_t>(*busy_ns - *own_ns, 0);
  return evidence;
}

}  // namespace assay::measure
