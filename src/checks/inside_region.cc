// SPDX-License-Identifier: Apache-2.0
// Findings `compiled-inside`, `allocates-inside`, `copies-inside` and `blocks-inside`: the timed region holds
// work that belongs before it, or that the work does not need. The counts come from a separate pass of
// identical calls.
#include <fmt/format.h>

#include <cstdint>
#include <optional>

#include "base/text.h"
#include "checks/checks.h"

namespace assay::checks {
namespace {

// The kernel takes about this long to hand out a page of zeros, at the least.
constexpr double kFault_ns = 250;
constexpr double kFaultShare = 0.001;
// One call in two: single events come from the system (a timer, a page that was moved), not from the call.
constexpr double kEventsPerCall = 0.5;
constexpr double kWaitingShare = 0.01;

double per_call(const std::optional<std::int64_t>& count, const measure::RegionEvidence& region) {
  return static_cast<double>(count.value_or(0)) / static_cast<double>(region.calls);
}

double per_call(std::int64_t count, std::int64_t calls) {
  return static_cast<double>(count) / static_cast<double>(calls);
}

void append(std::string& text, const std::string& part) { text += (text.empty() ? "" : ", ") + part; }

}  // namespace

Findings check_compiled_inside(const measure::Evidence& evidence) {
  const measure::DeviceActivity& device = evidence.device.activity;
  if (device.calls > 0 && device.modules_loaded + device.graphs_made > 0) {
    return {{"compiled-inside", Severity::kReject,
             fmt::format("{} modules loaded and {} graphs made ready on the device in {} calls > 0",
                         device.modules_loaded, device.graphs_made, device.calls),
             "Load, compile and instantiate when the case is bound, before the calls are timed."}};
  }
  const measure::RegionEvidence& region = evidence.region;
  if (region.calls <= 0) return {};
  const std::int64_t libraries = region.libraries_loaded.value_or(0);
  const std::int64_t mappings = region.executable_mappings.value_or(0);
  if (libraries + mappings <= 0) return {};
  return {{"compiled-inside", Severity::kReject,
           fmt::format("{} libraries loaded and {} executable mappings made in {} calls > 0", libraries,
                       mappings, region.calls),
           "Load and compile when the case is bound, before the calls are timed."}};
}

Findings check_allocates_inside(const measure::Evidence& evidence) {
  const measure::DeviceActivity& device = evidence.device.activity;
  if (device.calls > 0 && device.allocations > 0) {
    return {{"allocates-inside", Severity::kQualify,
             fmt::format("{:.3g} allocations of device memory a call > 0, {} a call",
                         per_call(device.allocations, device.calls),
                         format_bytes(per_call(device.allocated_bytes, device.calls))),
             "Allocate when the case is bound and use the memory again; or say in `measures` that allocation "
             "is part of what is timed."}};
  }
  const measure::RegionEvidence& region = evidence.region;
  if (region.calls <= 0 || region.allocations.value_or(0) <= 0) return {};
  std::string text = fmt::format("{:.3g} allocations a call > 0", per_call(region.allocations, region));
  if (region.allocated_bytes)
    text += fmt::format(", {} a call", format_bytes(per_call(region.allocated_bytes, region)));
  if (region.allocation_share) text += fmt::format(", {:.1f} % of the time", 100 * *region.allocation_share);
  return {
      {"allocates-inside", Severity::kQualify, std::move(text),
       "Allocate when the case is bound and use the memory again; or say in `measures` that allocation is "
       "part of what is timed."}};
}

Findings check_copies_inside(const measure::Evidence& evidence) {
  const measure::DeviceActivity& device = evidence.device.activity;
  if (device.calls > 0 && device.host_copied_bytes > 0) {
    return {
        {"copies-inside", Severity::kQualify,
         fmt::format("{} a call copied between host and device > 0",
                     format_bytes(per_call(device.host_copied_bytes, device.calls))),
         "Copy inputs to the device when the case is bound, or say in `measures` that the copies are part "
         "of what is timed."}};
  }
  const measure::RegionEvidence& region = evidence.region;
  if (region.calls <= 0) return {};
  const double faults = per_call(region.page_faults, region);
  if (faults <= kEventsPerCall) return {};
  const double median_ns = evidence.statistics.median_ns;
  if (median_ns > 0 && faults * kFault_ns < kFaultShare * median_ns) return {};
  return {{"copies-inside", Severity::kQualify,
           fmt::format("{:.3g} page faults a call > {:.1f}: fresh memory is handed out, cleared or copied "
                       "inside the region",
                       faults, kEventsPerCall),
           "Touch the memory once before the calls are timed, and use it again instead of mapping it anew."}};
}

Findings check_blocks_inside(const measure::Evidence& evidence) {
  const measure::DeviceActivity& device = evidence.device.activity;
  if (device.calls > 0 && per_call(device.waits, device.calls) > kEventsPerCall) {
    return {{"blocks-inside", Severity::kQualify,
             fmt::format("{:.3g} waits for the device a call > {:.1f}, beyond the one after it",
                         per_call(device.waits, device.calls), kEventsPerCall),
             "Enqueue the work and let the caller wait."}};
  }
  const measure::RegionEvidence& region = evidence.region;
  if (region.calls <= 0) return {};
  std::string text;
  // A wait shows in both: pre-emption by others lengthens the wall time too, but is no voluntary switch.
  if (region.waiting_share.value_or(0) > kWaitingShare &&
      per_call(region.voluntary_switches, region) > kEventsPerCall) {
    append(text, fmt::format("waited for {:.1f} % of the time > {:.0f} % ({:.3g} times a call)",
                             100 * *region.waiting_share, 100 * kWaitingShare,
                             per_call(region.voluntary_switches, region)));
  }
  if (per_call(region.io_calls, region) > kEventsPerCall)
    append(text, fmt::format("{:.3g} reads and writes a call > {:.1f}", per_call(region.io_calls, region),
                             kEventsPerCall));
  if (region.output_bytes.value_or(0) > 0)
    append(text, fmt::format("{:.3g} bytes printed a call > 0", per_call(region.output_bytes, region)));
  if (region.children.value_or(0) > 0)
    append(text, fmt::format("{:.3g} processes started a call > 0", per_call(region.children, region)));
  if (text.empty()) return {};
  return {{"blocks-inside", Severity::kQualify, std::move(text),
           "Take sleeping, reading, printing and child processes out of the call, or say in `measures` that "
           "they are part of what is timed."}};
}

}  // namespace assay::checks
