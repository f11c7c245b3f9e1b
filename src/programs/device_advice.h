// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `assay doctor` finds out about a CUDA device, and what that means for measurements on it. A fact that
// the device or its libraries do not tell is absent. Not supported: several devices.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "programs/machine_advice.h"

namespace assay::programs {

struct DeviceFacts {
  std::string name;           // "NVIDIA H200, compute capability 9.0"
  std::string driver;         // "580.65.06, CUDA 13.0"
  std::string nvml_missing;   // why; else empty
  std::string cupti;          // "CUPTI, version 130000"; empty: missing
  std::string cupti_missing;  // why
  std::string cublaslt_missing;
  std::optional<double> sm_mhz;
  std::optional<double> highest_sm_mhz;
  std::optional<double> power_w;
  std::optional<double> power_limit_w;
  std::optional<double> temperature_c;
  std::string held_down;  // "power cap": what holds the clock down now, idleness apart
  double event_step_ns = 0;
  double event_pair_ns = 0;   // shown between two events with nothing between them
  double launch_sync_ns = 0;  // of the host: an empty kernel and a wait for it
  double graph_node_ns = 0;   // of the device: a further empty kernel in a graph
  double warm_ns = 0;         // a walk through the L2 cache, just after another
  double flushed_ns = 0;      // and after a flush
};

// Asks in a child of this process (machine_child.h), some 3 s. Errors: kUnavailable without CUDA, driver or
// device, one clear line; kDevice; kIo.
[[nodiscard]] Result<DeviceFacts> find_device_facts(Clock& clock);

// One line for each fact. If there is no device: the one line that says why.
[[nodiscard]] std::vector<MachineLine> advise_device(const Result<DeviceFacts>& facts);

}  // namespace assay::programs
