// SPDX-License-Identifier: Apache-2.0
// Functions and numbers by NVIDIA's NVML API Reference.
#include "device/cuda/nvml.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/check.h"

namespace assay::device::cuda {
namespace {

constexpr int kSuccess = 0;
constexpr int kInsufficientSize = 7;
constexpr int kSmClock = 1;
constexpr int kMemoryClock = 2;
constexpr auto kPeriod = std::chrono::milliseconds(50);

template <typename F>
void bind(void* library, F*& function, const char* name, const char* older = nullptr) {
  void* symbol = dlsym(library, name);
  if (symbol == nullptr && older != nullptr) symbol = dlsym(library, older);
  function = reinterpret_cast<F*>(symbol);
}

Result<NvmlApi> load() {
  void* library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return fail(
        ErrorCode::kUnavailable,
        "nvml: libnvidia-ml.so.1 was not found; expected the NVIDIA driver's own: power, temperature and "
        "clock reasons are missing without it");
  }
  NvmlApi api;
  bind(library, api.init, "nvmlInit_v2");
  bind(library, api.shutdown, "nvmlShutdown");
  bind(library, api.error_string, "nvmlErrorString");
  bind(library, api.driver_version, "nvmlSystemGetDriverVersion");
  bind(library, api.device_by_pci, "nvmlDeviceGetHandleByPciBusId_v2");
  bind(library, api.device_by_index, "nvmlDeviceGetHandleByIndex_v2");
  bind(library, api.name, "nvmlDeviceGetName");
  bind(library, api.uuid, "nvmlDeviceGetUUID");
  bind(library, api.clock, "nvmlDeviceGetClockInfo");
  bind(library, api.highest_clock, "nvmlDeviceGetMaxClockInfo");
  bind(library, api.power, "nvmlDeviceGetPowerUsage");
  bind(library, api.power_limit, "nvmlDeviceGetEnforcedPowerLimit");
  bind(library, api.temperature, "nvmlDeviceGetTemperature");
  bind(library, api.clock_reasons, "nvmlDeviceGetCurrentClocksEventReasons",
       "nvmlDeviceGetCurrentClocksThrottleReasons");
  bind(library, api.utilisation, "nvmlDeviceGetUtilizationRates");
  bind(library, api.compute_processes, "nvmlDeviceGetComputeRunningProcesses_v3",
       "nvmlDeviceGetComputeRunningProcesses_v2");
  return api;  // the library stays loaded: its functions are held by every Nvml
}

std::string words(const NvmlApi& api, int status) {
  const char* text = api.error_string != nullptr ? api.error_string(status) : nullptr;
  return text != nullptr ? fmt::format("{} ({})", text, status) : fmt::format("status {}", status);
}

// A value that a function writes to its last argument, if there is such a function and it succeeds.
template <typename T, typename F, typename... Args>
std::optional<T> ask(F function, Args... args) {
  T value{};
  if (function == nullptr || function(args..., &value) != kSuccess) return std::nullopt;
  return value;
}

template <typename F, typename... Args>
std::string ask_text(F function, Args... args) {
  std::array<char, 128> text{};
  if (function == nullptr ||
      function(args..., text.data(), static_cast<unsigned>(text.size() - 1)) != kSuccess)
    return "";
  return text.data();
}

std::optional<double> scaled(std::optional<unsigned> value, double scale) {
  return value ? std::optional(*value * scale) : std::nullopt;
}

template <typename T>
void raise(std::optional<T>& highest, const std::optional<T>& value) {
  if (value) highest = highest ? std::max(*highest, *value) : *value;
}
template <typename T>
void lower(std::optional<T>& lowest, const std::optional<T>& value) {
  if (value) lowest = lowest ? std::min(*lowest, *value) : *value;
}

}  // namespace

std::string clock_reason_names(std::uint64_t bits) {
  constexpr std::pair<std::uint64_t, const char*> kNames[] = {
      {kReasonIdle, "idle"},
      {kReasonApplicationSetting, "application clock setting"},
      {kReasonPowerCap, "power cap"},
      {kReasonHardwareSlowdown, "hardware slowdown"},
      {kReasonSyncBoost, "sync boost"},
      {kReasonSoftwareThermal, "software thermal slowdown"},
      {kReasonHardwareThermal, "hardware thermal slowdown"},
      {kReasonPowerBrake, "power brake"},
      {kReasonDisplaySetting, "display clock setting"},
  };
  std::string text;
  const auto add = [&](std::string_view name) { text += (text.empty() ? "" : ", ") + std::string(name); };
  for (const auto& [bit, name] : kNames) {
    if ((bits & bit) != 0) add(name);
    bits &= ~bit;
  }
  if (bits != 0) add(fmt::format("bit {:#x}", bits));
  return text;
}

Result<std::shared_ptr<Nvml>> Nvml::open(const std::string& pci) {
  static const Result<NvmlApi> kApi = load();
  if (!kApi) return tl::unexpected<Error>(kApi.error());
  return open_with(*kApi, pci);
}

Result<std::shared_ptr<Nvml>> Nvml::open_with(const NvmlApi& api, const std::string& pci) {
  if (api.init == nullptr || api.shutdown == nullptr ||
      (pci.empty() ? api.device_by_index == nullptr : api.device_by_pci == nullptr)) {
    return fail(ErrorCode::kUnavailable,
                "nvml: the library lacks nvmlInit_v2 or its companions; expected a driver of this decade");
  }
  if (const int status = api.init(); status != kSuccess)
    return fail(ErrorCode::kUnavailable, "nvml: the driver does not answer: {}", words(api, status));
  NvmlApi::Device device = nullptr;
  const int found = pci.empty() ? api.device_by_index(0, &device) : api.device_by_pci(pci.c_str(), &device);
  if (found != kSuccess) {
    const std::string why = words(api, found);
    api.shutdown();
    return fail(ErrorCode::kUnavailable, "nvml: no device {}: {}", pci.empty() ? "0" : pci, why);
  }
  return std::shared_ptr<Nvml>(new Nvml(api, device));
}

Nvml::~Nvml() { api_.shutdown(); }

NvmlFacts Nvml::facts() const {
  NvmlFacts facts;
  facts.name = ask_text(api_.name, device_);
  facts.driver = ask_text(api_.driver_version);
  facts.uuid = ask_text(api_.uuid, device_);
  facts.power_limit_w = scaled(ask<unsigned>(api_.power_limit, device_), 1e-3);
  facts.highest_sm_mhz = scaled(ask<unsigned>(api_.highest_clock, device_, kSmClock), 1);
  facts.highest_memory_mhz = scaled(ask<unsigned>(api_.highest_clock, device_, kMemoryClock), 1);
  if (api_.compute_processes != nullptr) {
    std::vector<NvmlApi::Process> processes(64);
    auto count = static_cast<unsigned>(processes.size());
    int status = api_.compute_processes(device_, &count, processes.data());
    if (status == kInsufficientSize && count < 100'000) {
      processes.resize(count + 16);  // some may begin meanwhile
      count = static_cast<unsigned>(processes.size());
      status = api_.compute_processes(device_, &count, processes.data());
    }
    if (status == kSuccess) {
      facts.compute_processes.emplace();
      for (unsigned i = 0; i < std::min<std::size_t>(count, processes.size()); ++i)
        facts.compute_processes->push_back(processes[i].id);
    }
  }
  return facts;
}

NvmlReading Nvml::read(Clock& clock) const {
  NvmlReading reading;
  reading.at_ns = clock.now_ns();
  reading.sm_mhz = scaled(ask<unsigned>(api_.clock, device_, kSmClock), 1);
  reading.memory_mhz = scaled(ask<unsigned>(api_.clock, device_, kMemoryClock), 1);
  reading.power_w = scaled(ask<unsigned>(api_.power, device_), 1e-3);
  reading.temperature_c = scaled(ask<unsigned>(api_.temperature, device_, 0), 1);
  if (const auto bits = ask<unsigned long long>(api_.clock_reasons, device_)) reading.clock_reasons = *bits;
  if (const auto busy = ask<NvmlApi::Utilisation>(api_.utilisation, device_))
    reading.gpu_busy_percent = static_cast<int>(busy->gpu);
  return reading;
}

std::vector<NvmlReading> NvmlLog::between(std::int64_t begin_ns, std::int64_t end_ns) const {
  constexpr std::int64_t kStale_ns = 100'000'000;
  const auto at_or_after = [&](std::int64_t ns) {
    return std::lower_bound(readings.begin(), readings.end(), ns,
                            [](const NvmlReading& reading, std::int64_t at) { return reading.at_ns < at; });
  };
  auto first = at_or_after(begin_ns);
  auto last =
      std::upper_bound(first, readings.end(), end_ns,
                       [](std::int64_t at, const NvmlReading& reading) { return at < reading.at_ns; });
  const bool begins_unwatched = first == last || first->at_ns - begin_ns > kStale_ns;
  if (begins_unwatched && first != readings.begin() && begin_ns - std::prev(first)->at_ns <= kStale_ns)
    --first;
  return {first, last};
}

NvmlSummary summarise(const std::vector<NvmlReading>& readings) {
  NvmlSummary summary;
  for (const NvmlReading& reading : readings) {
    summary.readings += 1;
    lower(summary.lowest_sm_mhz, reading.sm_mhz);
    raise(summary.highest_sm_mhz, reading.sm_mhz);
    lower(summary.lowest_memory_mhz, reading.memory_mhz);
    raise(summary.highest_memory_mhz, reading.memory_mhz);
    raise(summary.highest_power_w, reading.power_w);
    raise(summary.highest_temperature_c, reading.temperature_c);
    if (reading.clock_reasons)
      summary.clock_reasons = summary.clock_reasons.value_or(0) | *reading.clock_reasons;
  }
  return summary;
}

NvmlSampler::NvmlSampler(Read read, std::size_t capacity)
    : read_(std::move(read)), capacity_(capacity), thread_([this] { run(); }) {}

NvmlSampler::~NvmlSampler() { static_cast<void>(stop()); }

NvmlLog NvmlSampler::stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  return std::exchange(log_, {});
}

void NvmlSampler::take() {
  if (log_.readings.size() >= capacity_) {
    log_.left_out += 1;
    return;
  }
  log_.readings.push_back(read_());
}

void NvmlSampler::run() {
  take();
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (wake_.wait_for(lock, kPeriod, [this] { return ending_; })) break;
    lock.unlock();
    take();
    lock.lock();
  }
  lock.unlock();
  take();
}

}  // namespace assay::device::cuda
