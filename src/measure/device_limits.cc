// SPDX-License-Identifier: Apache-2.0
#include "measure/device_limits.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "measure/device_limits_json.h"
#include "measure/environment.h"

namespace assay::measure {
namespace {

constexpr double kSame = 0.01;  // shares nearer than this are one mix
constexpr double kNear = 0.02;  // of the bytes: as good as that mix

// A cost and its key, each named once.
constexpr std::pair<const char*, double DeviceCosts::*> kCosts[] = {
    {"launch_ns", &DeviceCosts::launch_ns},
    {"launch_gap_ns", &DeviceCosts::launch_gap_ns},
    {"launch_sync_ns", &DeviceCosts::launch_sync_ns},
    {"sync_ns", &DeviceCosts::sync_ns},
    {"graph_sync_ns", &DeviceCosts::graph_sync_ns},
    {"graph_launch_ns", &DeviceCosts::graph_launch_ns},
    {"graph_node_ns", &DeviceCosts::graph_node_ns},
    {"grid_barrier_ns", &DeviceCosts::grid_barrier_ns},
    {"event_pair_ns", &DeviceCosts::event_pair_ns},
    {"event_kernel_ns", &DeviceCosts::event_kernel_ns},
    {"event_step_ns", &DeviceCosts::event_step_ns},
    {"global_timer_step_ns", &DeviceCosts::global_timer_step_ns},
};

}  // namespace

std::optional<DeviceBandwidthLimit> DeviceLimits::best_bandwidth(double written_share,
                                                                 std::int64_t min_bytes) const {
  std::optional<DeviceBandwidthLimit> best;
  for (const DeviceBandwidthLimit& limit : bandwidth) {
    if (std::abs(limit.written_share - written_share) > kSame || limit.size_bytes < min_bytes) continue;
    if (!best || limit.bytes_per_second > best->bytes_per_second) best = limit;
  }
  return best;
}

std::optional<DeviceMixLimit> DeviceLimits::for_mix(double written_share, std::int64_t min_bytes) const {
  std::optional<double> below, above, near;
  for (const DeviceBandwidthLimit& limit : bandwidth) {
    if (limit.size_bytes < min_bytes) continue;
    const double share = limit.written_share;
    const auto distance = [&](double other) { return std::abs(other - written_share); };
    if (distance(share) < kNear && (!near || distance(share) < distance(*near))) near = share;
    if (share <= written_share && (!below || share > *below)) below = share;
    if (share >= written_share && (!above || share < *above)) above = share;
  }
  if (near) below = above = near;
  if (!below || !above) return std::nullopt;
  const auto low = best_bandwidth(*below, min_bytes), high = best_bandwidth(*above, min_bytes);
  const double weight = *above > *below ? (written_share - *below) / (*above - *below) : 0;
  const double seconds_a_byte = (1 - weight) / low->bytes_per_second + weight / high->bytes_per_second;
  const std::string kinds = low->kind == high->kind ? low->kind : low->kind + " + " + high->kind;
  return DeviceMixLimit{1 / seconds_a_byte, std::max(low->bytes_per_second, high->bytes_per_second),
                        fmt::format("{}, {}", kinds, format_bytes(static_cast<double>(low->size_bytes)))};
}

std::optional<DeviceComputeLimit> DeviceLimits::best_compute(std::string_view unit, std::string_view type,
                                                             std::string_view accumulation_type) const {
  std::optional<DeviceComputeLimit> best;
  for (const DeviceComputeLimit& limit : compute) {
    const std::string_view kind = limit.kind;
    const auto dash = std::min(kind.find('-'), kind.size());
    if (!unit.empty() && kind.substr(0, dash) != unit) continue;
    if (!type.empty() && (dash == kind.size() || kind.substr(dash + 1) != type)) continue;
    if (!accumulation_type.empty() && limit.accumulation != accumulation_type) continue;
    if (!best || limit.flops_per_second > best->flops_per_second) best = limit;
  }
  return best;
}

std::string device_key(std::string_view name, std::string_view driver, double power_limit_w) {
  return fmt::format("{}; driver {}; power cap {}; built {}", name, driver,
                     power_limit_w > 0 ? fmt::format("{:.0f} W", power_limit_w) : "not told", build_flags());
}

std::optional<Datasheet> datasheet_of(std::string_view device_name) {
  const auto has = [&](std::string_view word) { return device_name.find(word) != std::string_view::npos; };
  if (has("GH200")) return std::nullopt;  // one name, two kinds of memory
  if (has("H200") && !has("NVL")) return Datasheet{"H200 SXM", 4.8e12, 989e12, 1979e12, 67e12};
  if (has("H100") && has("HBM3") && has("80GB"))
    return Datasheet{"H100 SXM", 3.35e12, 989e12, 1979e12, 67e12};
  if (has("A100-SXM") && has("80GB")) return Datasheet{"A100 80GB SXM", 2.039e12, 312e12, 0, 19.5e12};
  return std::nullopt;
}

Json device_limits_json(const DeviceLimits& limits) {
  Json object;
  object["key"] = limits.key;
  object["name"] = limits.name;
  object["driver"] = limits.driver;
  object["power_limit_w"] = limits.power_limit_w;
  object["measured_at"] = limits.measured_at;
  object["multiprocessors"] = limits.multiprocessors;
  object["memory_bytes"] = limits.memory_bytes;
  object["l2_bytes"] = limits.l2_bytes;
  object["highest_sm_hz"] = limits.highest_sm_hz;
  object["bandwidth"] = Json::array();
  for (const DeviceBandwidthLimit& limit : limits.bandwidth) {
    object["bandwidth"].push_back({{"kind", limit.kind},
                                   {"written_share", limit.written_share},
                                   {"size_bytes", limit.size_bytes},
                                   {"bytes_per_second", limit.bytes_per_second},
                                   {"kernel", limit.kernel}});
  }
  object["compute"] = Json::array();
  for (const DeviceComputeLimit& limit : limits.compute) {
    object["compute"].push_back({{"kind", limit.kind},
                                 {"accumulation", limit.accumulation},
                                 {"flops_per_second", limit.flops_per_second},
                                 {"kernel", limit.kernel}});
  }
  object["costs"] = Json::object();
  for (const auto& [key, cost] : kCosts) object["costs"][key] = limits.costs.*cost;
  return object;
}

DeviceLimits device_limits_from(const Json& object) {
  DeviceLimits limits;
  object.at("key").get_to(limits.key);
  object.at("name").get_to(limits.name);
  object.at("driver").get_to(limits.driver);
  object.at("power_limit_w").get_to(limits.power_limit_w);
  object.at("measured_at").get_to(limits.measured_at);
  object.at("multiprocessors").get_to(limits.multiprocessors);
  object.at("memory_bytes").get_to(limits.memory_bytes);
  object.at("l2_bytes").get_to(limits.l2_bytes);
  object.at("highest_sm_hz").get_to(limits.highest_sm_hz);
  for (const Json& entry : object.at("bandwidth")) {
    DeviceBandwidthLimit limit;
    entry.at("kind").get_to(limit.kind);
    entry.at("written_share").get_to(limit.written_share);
    entry.at("size_bytes").get_to(limit.size_bytes);
    entry.at("bytes_per_second").get_to(limit.bytes_per_second);
    entry.at("kernel").get_to(limit.kernel);
    limits.bandwidth.push_back(std::move(limit));
  }
  for (const Json& entry : object.at("compute")) {
    DeviceComputeLimit limit;
    entry.at("kind").get_to(limit.kind);
    entry.at("accumulation").get_to(limit.accumulation);
    entry.at("flops_per_second").get_to(limit.flops_per_second);
    entry.at("kernel").get_to(limit.kernel);
    limits.compute.push_back(std::move(limit));
  }
  const Json& costs = object.at("costs");
  for (const auto& [key, cost] : kCosts) {
    if (const auto found = costs.find(key); found != costs.end()) found->get_to(limits.costs.*cost);
  }
  return limits;
}

Result<void> check_device_limits(const DeviceLimits& limits, std::string_view name) {
  for (const DeviceBandwidthLimit& limit : limits.bandwidth) {
    if (!(limit.bytes_per_second > 0) || !(limit.written_share >= 0 && limit.written_share <= 1)) {
      return fail(ErrorCode::kCorrupt,
                  "{}: cuda bandwidth '{}' is {} bytes/s with {} of them written, expected more than 0 and a "
                  "share of 0 to 1; run `assay limits --device cuda --fresh`",
                  name, printable(limit.kind), limit.bytes_per_second, limit.written_share);
    }
  }
  for (const DeviceComputeLimit& limit : limits.compute) {
    if (!(limit.flops_per_second > 0)) {
      return fail(
          ErrorCode::kCorrupt,
          "{}: cuda compute limit '{}' is {} flops/s, expected more than 0; run `assay limits --device "
          "cuda --fresh`",
          name, printable(limit.kind), limit.flops_per_second);
    }
  }
  if (limits.l2_bytes < 0) {
    return fail(ErrorCode::kCorrupt,
                "{}: cuda L2 cache of {} bytes, expected 0 or more; run `assay limits --device cuda --fresh`",
                name, limits.l2_bytes);
  }
  return {};
}

}  // namespace assay::measure
