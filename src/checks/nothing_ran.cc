// SPDX-License-Identifier: Apache-2.0
// Finding `nothing-ran`: the region took no longer than one without work, and left the outputs as they were.
#include <fmt/format.h>

#include "base/text.h"
#include "checks/checks.h"

namespace assay::checks {
namespace {
constexpr double kEmptyRegions = 2;  // a call through a pointer costs a little more than none
}  // namespace

Findings check_nothing_ran(const measure::Evidence& evidence) {
  const measure::BufferEvidence& buffers = evidence.buffers;
  if (!buffers.outputs_untouched || buffers.zero_size) return {};
  const measure::DeviceActivity& device = evidence.device.activity;
  if (device.calls > 0 && device.kernel_count + device.copy_count + device.fill_count == 0) {
    return {
        {"nothing-ran", Severity::kReject,
         fmt::format("{} calls put no kernel, copy or fill on the device, and every output byte is as it was "
                     "before",
                     device.calls),
         "Check the status of the launch: too many threads or too much shared memory for the device, or no "
         "machine code for it."}};
  }
  const double limit_ns = kEmptyRegions * evidence.floor.empty_region_ns;
  const double median_ns = evidence.statistics.median_ns;
  if (median_ns > limit_ns) return {};
  return {{"nothing-ran", Severity::kReject,
           fmt::format("{} a call <= {} (two empty regions), and every output byte is as it was before",
                       format_duration_ns(median_ns), format_duration_ns(limit_ns)),
           "Check that the call reaches the work: a launch that failed, a size of zero, work that the "
           "compiler took out."}};
}

}  // namespace assay::checks
