// SPDX-License-Identifier: Apache-2.0
#include "measure/artefact.h"

#include <charconv>

#include "base/text.h"
#include "measure/system_files.h"

namespace assay::measure {

std::optional<int> parse_tracer(std::string_view status) {
  constexpr std::string_view kKey = "TracerPid:";
  for (std::string_view line : split(status, '\n')) {
    if (!line.starts_with(kKey)) continue;
    line.remove_prefix(kKey.size());
    while (!line.empty() && (line.front() == '\t' || line.front() == ' ')) line.remove_prefix(1);
    int pid = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), pid);
    if (error != std::errc() || end != line.data() + line.size()) return std::nullopt;
    return pid;
  }
  return std::nullopt;
}

std::string tracer_name() {
  const int pid = parse_tracer(read_system_file("/proc/self/status")).value_or(0);
  if (pid == 0) return {};
  std::string name = read_system_file("/proc/" + std::to_string(pid) + "/comm");
  while (!name.empty() && name.back() == '\n') name.pop_back();
  return name.empty() ? "process " + std::to_string(pid) : printable(name);
}

}  // namespace assay::measure
