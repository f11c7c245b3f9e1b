// SPDX-License-Identifier: Apache-2.0
#pragma once
// Measures the ceilings of a CUDA device as ceiling.h does those of the CPU: memory and the L2 cache by mix
// of reads and writes and by working set, arithmetic by unit and accumulation, and what doing nothing costs.
// On random bits (random numbers where arithmetic would run into infinities), several kernels a point, the
// best repetition of the best one counts. Makes a CUDA context: call it in a process of its own, never in one
// that is still to fork. Not supported: shared memory's bandwidth, integer and double arithmetic, sparsity,
// several devices.
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "device/cuda/nvml.h"
#include "kernels/ceiling/ceiling.h"
#include "measure/device_limits.h"

namespace assay::kernels {

struct DeviceLimitsOptions {
  std::vector<std::int64_t> sizes_bytes = {
      1 << 20, 4 << 20, 16 << 20, 64 << 20, 256 << 20, std::int64_t{1} << 30, std::int64_t{4} << 30};
  std::int64_t budget_ns = 8'000'000'000;  // of each half, memory and arithmetic: no round begins after it
  int min_rounds = 3;
  int max_rounds = 12;
};

// What tells this device, its driver and its power cap from others, without measuring; `measured_at`,
// `bandwidth`, `compute` and `costs` stay empty. Errors: those of open_device().
[[nodiscard]] Result<measure::DeviceLimits> describe_device();

// Under 20 s. Sizes that the device's memory does not hold twice are left out. Errors: those of
// open_device(); kUnavailable without memory; kDevice if a probe fails.
[[nodiscard]] Result<measure::DeviceLimits> measure_device_limits(const DeviceLimitsOptions& options,
                                                                  Clock& clock,
                                                                  const LimitsProgress& progress = {});

// The costs alone; some 0.3 s.
[[nodiscard]] Result<measure::DeviceCosts> measure_device_costs(Clock& clock);

// Time of one walk through `bytes` that fit the L2 cache: just after another walk, and after a flush.
struct FlushEfficacy {
  std::int64_t bytes = 0;
  double warm_ns = 0;
  double flushed_ns = 0;
};
[[nodiscard]] Result<FlushEfficacy> measure_flush();

}  // namespace assay::kernels
