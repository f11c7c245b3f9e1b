// SPDX-License-Identifier: Apache-2.0
#include "measure/environment.h"

#include <pwd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "assay_build_info.h"
#include "base/clock.h"
#include "base/sha256.h"
#include "base/text.h"
#include "measure/system_files.h"

namespace assay::measure {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

// The value of the first "key : value" line.
std::string_view value_of(std::string_view text, std::string_view key) {
  for (const std::string_view line : split(text, '\n')) {
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && trimmed(line.substr(0, colon)) == key)
      return trimmed(line.substr(colon + 1));
  }
  return {};
}

std::string user_name() {
  passwd entry{};
  passwd* found = nullptr;
  char buffer[4096];
  if (getpwuid_r(getuid(), &entry, buffer, sizeof buffer, &found) != 0 || found == nullptr) return {};
  return entry.pw_name;
}

std::string compiler_name() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "gcc " __VERSION__;
#endif
}

double load_over_one_minute() {
  double loads[1] = {0};
  return getloadavg(loads, 1) == 1 ? loads[0] : 0;
}

}  // namespace

std::string parse_cpu_name(std::string_view cpuinfo) { return std::string(value_of(cpuinfo, "model name")); }

std::string parse_hypervisor(std::string_view cpuinfo) {
  const auto flags = split(value_of(cpuinfo, "flags"), ' ');
  return std::find(flags.begin(), flags.end(), "hypervisor") != flags.end() ? "yes" : "";
}

std::optional<std::int64_t> parse_memory_bytes(std::string_view meminfo) {
  const std::string_view value = value_of(meminfo, "MemTotal");
  std::int64_t kibibytes = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), kibibytes);
  constexpr std::int64_t kMostKibibytes = std::int64_t{1} << 50;
  if (error != std::errc() || kibibytes <= 0 || kibibytes > kMostKibibytes) return std::nullopt;
  if (trimmed(std::string_view(end, static_cast<std::size_t>(value.data() + value.size() - end))) != "kB") {
    return std::nullopt;
  }
  return kibibytes * 1024;
}

std::string without_folders(std::string_view argument) {
  std::string result;
  if (const auto equals = argument.find('='); equals != std::string_view::npos) {
    result = argument.substr(0, equals + 1);
    argument.remove_prefix(equals + 1);
  }
  while (argument.size() > 1 && argument.ends_with('/')) argument.remove_suffix(1);
  if (const auto slash = argument.rfind('/'); slash != std::string_view::npos)
    argument.remove_prefix(slash + 1);
  return result.append(argument);
}

std::string_view build_flags() { return ASSAY_BUILD_FLAGS; }

std::string_view git_revision() { return ASSAY_GIT_REVISION; }

Environment collect_environment(const EnvironmentOptions& options) {
  Environment environment;
  environment.started_at = utc_timestamp();
  utsname system{};
  if (uname(&system) == 0) {
    environment.host = system.nodename;
    environment.os = std::string(system.sysname) + " " + system.release;
  }
  environment.user = user_name();
  const std::string cpuinfo = read_system_file("/proc/cpuinfo");
  environment.cpu = parse_cpu_name(cpuinfo);
  environment.hypervisor = parse_hypervisor(cpuinfo);
  environment.logical_cpus = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  environment.memory_bytes = parse_memory_bytes(read_system_file("/proc/meminfo")).value_or(0);
  environment.governor = trimmed(read_system_file("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"));
  environment.load_average = load_over_one_minute();
  environment.compiler = compiler_name();
  environment.flags = build_flags();
  environment.version = ASSAY_VERSION;
  environment.git_revision = ASSAY_GIT_REVISION;
  environment.binary_sha256 = sha256_of_file("/proc/self/exe").value_or("");
  environment.command_line = options.command_line;
  if (options.anonymise) {
    environment.host.clear();
    environment.user.clear();
    // The pattern of a filter may hold slashes, as names of cases do, and names no folder.
    for (std::size_t i = 0; i < environment.command_line.size(); ++i) {
      std::string& argument = environment.command_line[i];
      const bool is_pattern =
          argument.starts_with("--filter=") || (i > 0 && environment.command_line[i - 1] == "--filter");
      if (!is_pattern) argument = without_folders(argument);
    }
  }
  return environment;
}

}  // namespace assay::measure
