// SPDX-License-Identifier: Apache-2.0
#include "programs/cuda_evidence.h"

#include <unistd.h>

#include <algorithm>
#include <vector>

#include "device/cuda/activity.h"
#include "device/cuda/cuda_device.h"

namespace assay::programs {
namespace {

namespace cuda = device::cuda;

constexpr int kStamps = 16'384;
constexpr std::int64_t kRecordedCalls = 4;
constexpr std::int64_t kLongestPass_ns = 20'000'000;  // after which no further call is recorded
constexpr std::size_t kNamedKernels = 16;

// Between the two stamps of a region: each hertz is a mean over one region.
void take_sm_clock(const std::vector<cuda::SmStamp>& stamps, measure::DeviceClocks& clocks) {
  std::vector<double> hz;
  for (std::size_t i = 0; i + 1 < stamps.size(); i += 2) {
    if (const auto mean = cuda::sm_hz(stamps[i], stamps[i + 1])) hz.push_back(*mean);
  }
  clocks.stamps = static_cast<std::int64_t>(stamps.size());
  if (hz.empty()) return;
  std::sort(hz.begin(), hz.end());
  const auto at = [&](double fraction) {
    return hz[static_cast<std::size_t>(fraction * static_cast<double>(hz.size() - 1))];
  };
  clocks.lowest_sm_hz = at(0.05);
  clocks.highest_sm_hz = at(0.95);
}

void take_sensors(const cuda::NvmlSummary& seen, const cuda::NvmlFacts& facts,
                  measure::DeviceClocks& clocks) {
  clocks.lowest_memory_mhz = seen.lowest_memory_mhz;
  clocks.highest_power_w = seen.highest_power_w;
  clocks.power_limit_w = facts.power_limit_w;
  clocks.highest_temperature_c = seen.highest_temperature_c;
  const std::uint64_t held_down = seen.clock_reasons.value_or(0) &
                                  (cuda::kReasonPowerCap | cuda::kThermalReasons | cuda::kSlowdownReasons);
  clocks.slowdown = cuda::clock_reason_names(held_down);
  clocks.is_heat = (held_down & (cuda::kThermalReasons | cuda::kSlowdownReasons)) != 0;
  if (!facts.compute_processes) return;
  const auto self = static_cast<std::uint32_t>(getpid());
  const auto& all = *facts.compute_processes;
  // Inside a container the driver's process ids are not ours; then one of them is this process.
  const bool names_self = std::find(all.begin(), all.end(), self) != all.end();
  const auto others = static_cast<std::int64_t>(all.size()) - (names_self || !all.empty() ? 1 : 0);
  clocks.other_processes = std::max<std::int64_t>(others, 0);
}

}  // namespace

void CudaWindow::begin() {
  if (auto clock = cuda::SmClock::make(kStamps)) clock_.emplace(std::move(*clock));
  const auto device = cuda::open_device();
  auto nvml = cuda::Nvml::open(device ? device->pci : "");
  if (!nvml) {
    missing_ = nvml.error().message;
    return;
  }
  nvml_ = std::move(*nvml);
  sampler_ = std::make_unique<cuda::NvmlSampler>(nvml_, host_clock_);
}

Result<void> CudaWindow::stamp(cuda::Stream stream) {
  if (!clock_) return {};
  return clock_->stamp(stream);
}

Result<void> CudaWindow::end(cuda::Stream stream, measure::DeviceEvidence& evidence) {
  ASSAY_TRY(const cuda::DeviceInfo device, cuda::open_device());
  evidence.device = device.name;
  evidence.clocks.missing = missing_;
  if (clock_) {
    ASSAY_TRY(const auto stamps, clock_->read_back(stream));
    take_sm_clock(stamps, evidence.clocks);
    clock_.reset();
  }
  if (sampler_) {
    const cuda::NvmlLog log = sampler_->stop();
    take_sensors(cuda::summarise(log.readings), nvml_->facts(), evidence.clocks);
    sampler_.reset();
  }
  return {};
}

Result<void> record_activity(measure::DeviceRunner& runner, measure::DeviceActivity& activity) {
  ASSAY_TRY_VOID(runner.restore());
  ASSAY_TRY_VOID(runner.wait());
  auto recorder = cuda::ActivityRecorder::start();
  if (!recorder) {
    activity.missing = recorder.error().message;
    return {};
  }
  Result<void> called;
  SteadyClock clock;
  const std::int64_t begin_ns = clock.now_ns();
  std::int64_t calls = 0;
  while (called && calls < kRecordedCalls && (calls == 0 || clock.now_ns() - begin_ns < kLongestPass_ns)) {
    calls += 1;
    called = runner.call();
    if (called) called = runner.wait();
  }
  auto seen = recorder->stop();
  if (!called) return called;
  if (!seen) {
    activity.missing = seen.error().message;
    return {};
  }
  activity.calls = calls;
  for (const cuda::KernelActivity& kernel : seen->kernels) {
    const bool known =
        std::find(activity.kernels.begin(), activity.kernels.end(), kernel.name) != activity.kernels.end();
    if (!known && activity.kernels.size() < kNamedKernels) activity.kernels.push_back(kernel.name);
  }
  activity.kernel_count = seen->kernel_count;
  activity.copy_count = seen->copy_count;
  activity.host_copied_bytes = seen->host_copied_bytes;
  activity.fill_count = seen->fill_count;
  activity.allocations = seen->allocations;
  activity.allocated_bytes = seen->allocated_bytes;
  activity.modules_loaded = seen->modules_loaded;
  activity.graphs_made = seen->graphs_instantiated;
  const std::int64_t waits = seen->stream_waits + seen->event_waits + seen->device_waits;
  activity.waits = std::max<std::int64_t>(waits - calls - 1, 0);  // after each call, and the recorder's
  activity.streams = static_cast<std::int64_t>(seen->streams.size());
  activity.busy_ns = static_cast<double>(seen->device_busy_ns) / static_cast<double>(calls);
  return {};
}

}  // namespace assay::programs
