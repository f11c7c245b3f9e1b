// SPDX-License-Identifier: Apache-2.0
#pragma once
// Facts that only a case on a device has: what its calls made the device do, and how the device was clocked
// meanwhile. Gathered by programs/cuda_evidence.h.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace assay::measure {

// From a pass of its own under a recorder of the device's activity. Counts are of all its calls together.
struct DeviceActivity {
  std::int64_t calls = 0;            // 0: there was no pass
  std::string missing;               // why: "CUPTI: no library ..."; then everything below says nothing
  std::vector<std::string> kernels;  // names in the order of their first appearance, at most 16
  std::int64_t kernel_count = 0;
  std::int64_t copy_count = 0;
  std::int64_t host_copied_bytes = 0;  // from or to the host
  std::int64_t fill_count = 0;
  std::int64_t allocations = 0;
  std::int64_t allocated_bytes = 0;
  std::int64_t modules_loaded = 0;
  std::int64_t graphs_made = 0;
  std::int64_t waits = 0;  // of the host, beyond the one after each call that is the harness's own
  std::int64_t streams = 0;
  double busy_ns = 0;  // of one call
};

// Readings through the window of the headline's samples. A sensor that is not there is absent.
struct DeviceClocks {
  std::optional<double> lowest_sm_hz;  // between stamps of the device, from 5 to 95 % of the regions
  std::optional<double> highest_sm_hz;
  std::int64_t stamps = 0;
  std::optional<double> lowest_memory_mhz;
  std::optional<double> highest_power_w;
  std::optional<double> power_limit_w;
  std::optional<double> highest_temperature_c;
  std::string slowdown;  // "power cap": reasons that held the clock down; empty: none was seen
  bool is_heat = false;  // one of them is heat, or the hardware's own protection
  std::optional<std::int64_t> other_processes;  // that compute on the device
  std::string missing;                          // what there is no sensor for: "NVML: no library ..."
};

struct DeviceEvidence {
  std::string device;  // "NVIDIA H200"; empty: the case ran on the CPU
  DeviceActivity activity;
  DeviceClocks clocks;
  // One call in other modes, where they ran.
  std::optional<double> graph_ns;
  std::optional<double> back_to_back_ns;
  std::optional<double> isolated_ns;
  std::optional<double> enqueue_ns;  // of the host, until one call is enqueued
};

}  // namespace assay::measure
