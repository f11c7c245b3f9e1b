// SPDX-License-Identifier: Apache-2.0
#include "programs/device_limits_use.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay::programs {
namespace {

double written_share(const suite::Work& work) {
  const double moved = static_cast<double>((work.bytes_read + work.bytes_written).count);
  return moved > 0 ? static_cast<double>(work.bytes_written.count) / moved : 0;
}

// The matrix units for 16-bit types, as the axis `type` names them.
std::optional<measure::DeviceComputeLimit> compute_limit(const suite::Case& what,
                                                         const measure::DeviceLimits& device,
                                                         const std::string& accumulation) {
  for (const AxisValue& axis : what.axes) {
    if (axis.name != "type" || (axis.value != "f16" && axis.value != "bf16")) continue;
    if (auto best = device.best_compute("tensor", axis.value, accumulation)) return best;
    return device.best_compute("tensor", axis.value, "");
  }
  return device.best_compute("fma", "f32", "");
}

}  // namespace

measure::FloorEvidence device_floor_of(const suite::Work& work, const measure::Limits& limits,
                                       const Regime& regime) {
  measure::FloorEvidence floor;
  floor.bytes = work.bytes_read + work.bytes_written;
  floor.flops = work.flops;
  if (!limits.cuda) return floor;
  const measure::DeviceLimits& device = *limits.cuda;
  // What may stay in the L2 cache between warm calls need not come from memory again.
  floor.cache_capacity = {regime.cold ? 0 : device.l2_bytes};
  if (const auto best = device.for_mix(written_share(work), device.beyond_l2_bytes())) {
    floor.best_bytes_per_second = best->at_most;
    floor.bandwidth_name = best->name;
  }
  if (const auto best = device.best_compute("", "", "")) floor.peak_flops_per_second = best->flops_per_second;
  return floor;
}

std::vector<record::LimitUse> device_limits_used(const suite::Case& what, const measure::Limits& limits,
                                                 double median_ns, const Regime& regime) {
  std::vector<record::LimitUse> used;
  const double seconds = median_ns * 1e-9;
  if (!limits.cuda || seconds <= 0) return used;
  const measure::DeviceLimits& device = *limits.cuda;
  const std::int64_t bytes = (what.work.bytes_read + what.work.bytes_written).count;
  // A working set that fits into L2 twice is served by it when warm.
  const bool from_memory = regime.cold || 2 * bytes > device.l2_bytes;
  const auto memory = device.for_mix(written_share(what.work), from_memory ? device.beyond_l2_bytes() : 0);
  if (memory && bytes > 0)
    used.push_back({memory->name, memory->bytes_per_second, static_cast<double>(bytes) / seconds, "bytes"});
  if (const auto best = compute_limit(what, device, regime.accumulation); best && what.work.flops.count > 0) {
    used.push_back({fmt::format("{}, sums in {}", best->kind, best->accumulation), best->flops_per_second,
                    static_cast<double>(what.work.flops.count) / seconds, "flops"});
  }
  std::stable_sort(used.begin(), used.end(),
                   [](const auto& a, const auto& b) { return a.fraction() > b.fraction(); });
  return used;
}

}  // namespace assay::programs
