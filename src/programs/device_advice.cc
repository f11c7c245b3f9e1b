// SPDX-License-Identifier: Apache-2.0
#include "programs/device_advice.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "device/cuda/activity.h"
#include "device/cuda/cublaslt.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/nvml.h"
#include "kernels/ceiling/ceiling_cuda.h"
#include "programs/machine_child.h"

namespace assay::programs {
namespace {

namespace cuda = device::cuda;
using nlohmann::json;

constexpr double kTimeout_s = 60;
// As too_short and cache_regime.
constexpr double kStepsOfARegion = 100;
constexpr double kEmptyRegionsOfARegion = 10;
constexpr double kLeastContrast = 1.2;  // of a walk that the memory serves in parallel
constexpr double kLaunchShare = 1.0 / 3;

void set(json& into, const char* name, const std::optional<double>& value) {
  if (value) into[name] = *value;
}
std::optional<double> get(const json& from, const char* name) {
  return from.contains(name) ? std::optional<double>(from[name].get<double>()) : std::nullopt;
}

void add_sensors(const std::string& pci, Clock& clock, json& facts) {
  const auto nvml = cuda::Nvml::open(pci);
  if (!nvml) {
    facts["nvml_missing"] = nvml.error().message;
    return;
  }
  const cuda::NvmlFacts fixed = (*nvml)->facts();
  const cuda::NvmlReading now = (*nvml)->read(clock);
  facts["driver"] = fixed.driver;
  set(facts, "sm_mhz", now.sm_mhz);
  set(facts, "highest_sm_mhz", fixed.highest_sm_mhz);
  set(facts, "power_w", now.power_w);
  set(facts, "power_limit_w", fixed.power_limit_w);
  set(facts, "temperature_c", now.temperature_c);
  facts["held_down"] = cuda::clock_reason_names(now.clock_reasons.value_or(0) &
                                                (cuda::kReasonPowerCap | cuda::kThermalReasons |
                                                 cuda::kSlowdownReasons | cuda::kReasonApplicationSetting));
}

// In the child.
Result<std::string> facts_text(Clock& clock) {
  ASSAY_TRY(const cuda::DeviceInfo device, cuda::open_device());
  ASSAY_TRY(const measure::DeviceCosts costs, kernels::measure_device_costs(clock));
  ASSAY_TRY(const kernels::FlushEfficacy flush, kernels::measure_flush());
  json facts;
  facts["name"] =
      fmt::format("{}, compute capability {}.{}", device.name, device.compute_major, device.compute_minor);
  facts["cuda"] = fmt::format("CUDA {}.{}", device.driver_version / 1000, device.driver_version % 1000 / 10);
  add_sensors(device.pci, clock, facts);  // after work: the clock has risen
  facts["event_step_ns"] = costs.event_step_ns;
  facts["event_pair_ns"] = costs.event_pair_ns;
  facts["launch_sync_ns"] = costs.launch_sync_ns;
  facts["graph_node_ns"] = costs.graph_node_ns;
  facts["warm_ns"] = flush.warm_ns;
  facts["flushed_ns"] = flush.flushed_ns;
  if (const auto cupti = cuda::activity_library())
    facts["cupti"] = *cupti;
  else
    facts["cupti_missing"] = cupti.error().message;
  if (const auto opened = cuda::open_cublaslt(); !opened) facts["cublaslt_missing"] = opened.error().message;
  return facts.dump();
}

MachineLine clocks(const DeviceFacts& facts) {
  if (!facts.nvml_missing.empty())
    return {"GPU sensors", Health::kMissing, facts.nvml_missing,
            "power, temperature and the reasons of a low clock are not told",
            "Install the driver's libnvidia-ml.so.1 where programs find it."};
  std::string got;
  const auto add = [&](const std::string& part) { got += (got.empty() ? "" : ", ") + part; };
  if (facts.sm_mhz && facts.highest_sm_mhz)
    add(fmt::format("{:.0f} of {:.0f} MHz", *facts.sm_mhz, *facts.highest_sm_mhz));
  if (facts.power_w && facts.power_limit_w)
    add(fmt::format("{:.0f} of {:.0f} W", *facts.power_w, *facts.power_limit_w));
  if (facts.temperature_c) add(fmt::format("{:.0f} degrees", *facts.temperature_c));
  add(facts.held_down.empty() ? "nothing holds the clock down" : "held down by " + facts.held_down);
  return {"GPU clock", facts.held_down.empty() ? Health::kGood : Health::kLimits, got,
          "readings are kept beside the samples, 20 a second",
          facts.held_down.empty() ? "" : "Wait until the device has cooled, or raise its limit."};
}

MachineLine timing(const DeviceFacts& facts) {
  const double shortest_ns =
      std::max(kStepsOfARegion * facts.event_step_ns, kEmptyRegionsOfARegion * facts.event_pair_ns);
  return {"GPU events", Health::kGood,
          fmt::format("steps of {}, {} between two with nothing between",
                      format_duration_ns(facts.event_step_ns), format_duration_ns(facts.event_pair_ns)),
          fmt::format("one call can be timed by itself from {}; shorter ones by many in a graph",
                      format_duration_ns(shortest_ns)),
          ""};
}

MachineLine launches(const DeviceFacts& facts) {
  return {"GPU launches", Health::kGood,
          fmt::format("an empty kernel and a wait for it take {}, one more kernel in a graph {}",
                      format_duration_ns(facts.launch_sync_ns), format_duration_ns(facts.graph_node_ns)),
          fmt::format("calls under some {} are launch-bound for whoever waits for each of them",
                      format_duration_ns(facts.launch_sync_ns * (1 - kLaunchShare) / kLaunchShare)),
          ""};
}

MachineLine cold_cache(const DeviceFacts& facts) {
  const bool works = facts.flushed_ns > kLeastContrast * facts.warm_ns;
  return {"GPU cold cache", works ? Health::kGood : Health::kLimits,
          fmt::format("a walk through the L2 cache takes {}, and {} after a flush",
                      format_duration_ns(facts.warm_ns), format_duration_ns(facts.flushed_ns)),
          works ? "the flush works" : "nobody can tell whether the flush works",
          works ? "" : "Take cold times of this device with care."};
}

MachineLine recorder(const DeviceFacts& facts) {
  if (facts.cupti_missing.empty())
    return {"GPU recorder", Health::kGood, facts.cupti,
            "what a call makes the device do is listed, in a pass of its own", ""};
  return {"GPU recorder", Health::kMissing, facts.cupti_missing,
          "allocations, copies, waits and work that nobody waited for are not seen",
          "Install CUPTI of the CUDA toolkit."};
}

MachineLine peer(const DeviceFacts& facts) {
  const bool is_there = facts.cublaslt_missing.empty();
  return {"cuBLASLt", is_there ? Health::kGood : Health::kMissing,
          is_there ? "found" : facts.cublaslt_missing,
          is_there ? "matrix products can be compared with it" : "matrix products have no peer here", ""};
}

}  // namespace

Result<DeviceFacts> find_device_facts(Clock& clock) {
  if (!cuda::is_built_in()) {  // the same line without a child
    const auto device = cuda::open_device();
    if (!device) return tl::unexpected<Error>(device.error());
  }
  ASSAY_TRY(const std::string text, ask_in_child([&] { return facts_text(clock); }, kTimeout_s));
  const json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return fail(ErrorCode::kDevice, "the child that asked the device said '{}'", text);
  const auto words = [&](const char* name) { return parsed.value(name, std::string()); };
  DeviceFacts facts;
  facts.name = words("name");
  facts.driver = words("driver") + (words("driver").empty() ? "" : ", ") + words("cuda");
  facts.nvml_missing = words("nvml_missing");
  facts.cupti = words("cupti");
  facts.cupti_missing = words("cupti_missing");
  facts.cublaslt_missing = words("cublaslt_missing");
  facts.sm_mhz = get(parsed, "sm_mhz");
  facts.highest_sm_mhz = get(parsed, "highest_sm_mhz");
  facts.power_w = get(parsed, "power_w");
  facts.power_limit_w = get(parsed, "power_limit_w");
  facts.temperature_c = get(parsed, "temperature_c");
  facts.held_down = words("held_down");
  facts.event_step_ns = parsed.value("event_step_ns", 0.0);
  facts.event_pair_ns = parsed.value("event_pair_ns", 0.0);
  facts.launch_sync_ns = parsed.value("launch_sync_ns", 0.0);
  facts.graph_node_ns = parsed.value("graph_node_ns", 0.0);
  facts.warm_ns = parsed.value("warm_ns", 0.0);
  facts.flushed_ns = parsed.value("flushed_ns", 0.0);
  return facts;
}

std::vector<MachineLine> advise_device(const Result<DeviceFacts>& facts) {
  if (!facts)
    return {
        {"GPU", Health::kMissing, facts.error().message, "nothing is measured on a CUDA device here", ""}};
  return {{"GPU", Health::kGood, fmt::format("{}, driver {}", facts->name, facts->driver),
           "variants for CUDA can be measured", ""},
          clocks(*facts),
          timing(*facts),
          launches(*facts),
          cold_cache(*facts),
          recorder(*facts),
          peer(*facts)};
}

}  // namespace assay::programs
