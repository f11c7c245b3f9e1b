// SPDX-License-Identifier: Apache-2.0
#pragma once
// The device's sensors as its driver tells them: clocks, power, temperature, why the clock is lower than it
// could be, who else computes there. NVML is loaded when it is asked for, so that nothing here needs CUDA to
// build, and it does not make a CUDA context. A sensor that the driver does not offer is absent, never
// guessed. Not supported: devices that are split (MIG), changing anything.
//
// How it is meant to be used: open it and start an NvmlSampler before the timed samples of a case, stop it
// after them, and ask its log for readings between the first and the last sample. The thread wakes 20 times a
// second and costs some 0.1 ms each time on a core of its own; it is not to run in the process that is still
// to fork workers.
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace assay::device::cuda {

// Why the clock is not higher; bits of ClockReasons::bits. Source: NVML API Reference,
// nvmlClocksEventReasons.
enum ClockReason : std::uint64_t {
  kReasonIdle = 0x1,
  kReasonApplicationSetting = 0x2,
  kReasonPowerCap = 0x4,
  kReasonHardwareSlowdown = 0x8,
  kReasonSyncBoost = 0x10,
  kReasonSoftwareThermal = 0x20,
  kReasonHardwareThermal = 0x40,
  kReasonPowerBrake = 0x80,
  kReasonDisplaySetting = 0x100,
};
inline constexpr std::uint64_t kThermalReasons = kReasonSoftwareThermal | kReasonHardwareThermal;
inline constexpr std::uint64_t kSlowdownReasons = kReasonHardwareSlowdown | kReasonPowerBrake;
// "power cap, hardware slowdown"; "" for none; bits without a name as "bit 0x200".
[[nodiscard]] std::string clock_reason_names(std::uint64_t bits);

struct NvmlReading {
  std::int64_t at_ns = 0;  // of the injected clock, when the reading was begun
  std::optional<double> sm_mhz;
  std::optional<double> memory_mhz;
  std::optional<double> power_w;
  std::optional<double> temperature_c;
  std::optional<std::uint64_t> clock_reasons;  // ClockReason bits
  std::optional<int> gpu_busy_percent;         // of the driver's last window (up to a second), by anybody
};

// What does not change within a run, but for `compute_processes`.
struct NvmlFacts {
  std::string name;
  std::string driver;
  std::string uuid;
  std::optional<double> power_limit_w;  // the one that is enforced
  std::optional<double> highest_sm_mhz;
  std::optional<double> highest_memory_mhz;
  std::optional<std::vector<std::uint32_t>> compute_processes;  // ids as the driver's host sees them: in a
                                                                // container they may be another's, or none
};

// The library's functions, as far as they are used. Null: this version has no such function. Tests script
// them. Each returns 0 for success; `device` is NVML's handle.
struct NvmlApi {
  using Device = void*;
  struct Utilisation {
    unsigned gpu, memory;
  };
  struct Process {  // nvmlProcessInfo_t since version 2 of its functions
    unsigned id;
    unsigned long long memory_bytes;
    unsigned gpu_instance, compute_instance;
  };
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  const char* (*error_string)(int) = nullptr;
  int (*driver_version)(char*, unsigned) = nullptr;
  int (*device_by_pci)(const char*, Device*) = nullptr;
  int (*device_by_index)(unsigned, Device*) = nullptr;
  int (*name)(Device, char*, unsigned) = nullptr;
  int (*uuid)(Device, char*, unsigned) = nullptr;
  int (*clock)(Device, int, unsigned*) = nullptr;          // kind: 1 SM, 2 memory; MHz
  int (*highest_clock)(Device, int, unsigned*) = nullptr;  // the same
  int (*power)(Device, unsigned*) = nullptr;               // mW
  int (*power_limit)(Device, unsigned*) = nullptr;         // mW
  int (*temperature)(Device, int, unsigned*) = nullptr;    // sensor 0: the chip; degrees C
  int (*clock_reasons)(Device, unsigned long long*) = nullptr;
  int (*utilisation)(Device, Utilisation*) = nullptr;
  int (*compute_processes)(Device, unsigned*, Process*) = nullptr;
};

class Nvml {
 public:
  // The device with that PCI id ("0000:1b:00.0"), or the first of the machine if it is empty. Errors:
  // kUnavailable: no library, a driver that does not answer, no such device.
  [[nodiscard]] static Result<std::shared_ptr<Nvml>> open(const std::string& pci);
  // The same with a given library; for tests. `api` must have init, shutdown and device_by_pci or _by_index.
  [[nodiscard]] static Result<std::shared_ptr<Nvml>> open_with(const NvmlApi& api, const std::string& pci);
  ~Nvml();
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  // Any thread may call these.
  [[nodiscard]] NvmlFacts facts() const;
  [[nodiscard]] NvmlReading read(Clock& clock) const;

 private:
  Nvml(const NvmlApi& api, NvmlApi::Device device) : api_(api), device_(device) {}
  NvmlApi api_;
  NvmlApi::Device device_;
};

// Readings in the order of their times, at most `capacity` of them: later ones are counted and left out.
struct NvmlLog {
  std::vector<NvmlReading> readings;
  std::int64_t left_out = 0;

  // Those that describe [begin_ns, end_ns]: the readings within it, and the last one before it if there is
  // none within the first 100 ms (a reading is 50 ms old at most). Empty: the window was not watched.
  [[nodiscard]] std::vector<NvmlReading> between(std::int64_t begin_ns, std::int64_t end_ns) const;
};

// What a window's readings say together.
struct NvmlSummary {
  int readings = 0;
  std::optional<double> lowest_sm_mhz, highest_sm_mhz;
  std::optional<double> lowest_memory_mhz, highest_memory_mhz;
  std::optional<double> highest_power_w;
  std::optional<double> highest_temperature_c;
  std::optional<std::uint64_t> clock_reasons;  // seen in any of them
};
[[nodiscard]] NvmlSummary summarise(const std::vector<NvmlReading>& readings);

// A thread that reads 20 times a second into a log, and once at its start and its end.
class NvmlSampler {
 public:
  using Read = std::function<NvmlReading()>;
  static constexpr std::size_t kCapacity = 20 * 3600;  // an hour: some 8 MB

  explicit NvmlSampler(Read read, std::size_t capacity = kCapacity);
  // Keeps both alive or must not outlive them: `nvml` is shared, `clock` is the caller's.
  NvmlSampler(std::shared_ptr<const Nvml> nvml, Clock& clock)
      : NvmlSampler([nvml = std::move(nvml), &clock] { return nvml->read(clock); }) {}
  ~NvmlSampler();
  NvmlSampler(const NvmlSampler&) = delete;
  NvmlSampler& operator=(const NvmlSampler&) = delete;

  // Ends the thread and gives its log; a second call gives an empty one.
  [[nodiscard]] NvmlLog stop();

 private:
  void run();
  void take();

  Read read_;
  std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;
  NvmlLog log_;  // of the thread alone, until it has ended
  std::thread thread_;
};

}  // namespace assay::device::cuda
