// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a CUDA device tells of the calls that are measured on it: its clock through the samples, its sensors,
// and what the calls made it do. A source that is missing is named in the evidence. Not supported: several
// devices.
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "device/cuda/nvml.h"
#include "device/cuda/sm_clock.h"
#include "device/cuda/stream_handle.h"
#include "measure/device_evidence.h"
#include "measure/runner.h"

namespace assay::programs {

// Stamps of the device's clock beside every region, and NVML's sensors meanwhile.
class CudaWindow {
 public:
  void begin();
  [[nodiscard]] Result<void> stamp(device::cuda::Stream stream);  // nothing outside of begin() and end()
  [[nodiscard]] Result<void> end(device::cuda::Stream stream, measure::DeviceEvidence& evidence);

 private:
  std::optional<device::cuda::SmClock> clock_;
  std::shared_ptr<device::cuda::Nvml> nvml_;
  std::unique_ptr<device::cuda::NvmlSampler> sampler_;
  SteadyClock host_clock_;
  std::string missing_;
};

// Some calls of `runner`, each waited for, under CUPTI. What CUPTI cannot tell is no error. Errors: those of
// the calls.
[[nodiscard]] Result<void> record_activity(measure::DeviceRunner& runner, measure::DeviceActivity& activity);

}  // namespace assay::programs
