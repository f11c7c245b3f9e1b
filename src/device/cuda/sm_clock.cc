// SPDX-License-Identifier: Apache-2.0
#include "device/cuda/sm_clock.h"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/check.h"
#include "device/cuda/cuda_device.h"

namespace assay::device::cuda {

Result<SmClock> SmClock::make(int capacity) {
  ASSAY_CHECK(capacity > 0, "capacity {}", capacity);
  ASSAY_TRY(DeviceBuffer stamps, DeviceBuffer::make(static_cast<std::int64_t>(sizeof(SmStamp)) * capacity));
  return SmClock(std::move(stamps), capacity);
}

Result<void> SmClock::stamp(Stream stream) {
  if (used_ == capacity_) {
    left_out_ += 1;
    return {};
  }
  auto* slots = reinterpret_cast<SmStamp*>(stamps_.data());
  return check_status(launch_stamp(slots + used_++, stream), "stamping the time");
}

Result<std::vector<SmStamp>> SmClock::read_back(Stream stream) {
  std::vector<SmStamp> stamps(static_cast<std::size_t>(used_));
  used_ = 0;
  left_out_ = 0;
  ASSAY_TRY_VOID(check_status(cudaStreamSynchronize(stream), "waiting for stamps"));
  ASSAY_TRY_VOID(copy_to_host(std::as_writable_bytes(std::span(stamps)), stamps_.data()));
  return stamps;
}

Result<double> global_timer_step_ns(Stream stream) {
  std::array<std::int64_t, 64> steps{};
  ASSAY_TRY(const DeviceBuffer buffer, DeviceBuffer::make(sizeof steps));
  ASSAY_TRY_VOID(check_status(launch_timer_steps(reinterpret_cast<std::int64_t*>(buffer.data()),
                                                 static_cast<int>(steps.size()), stream),
                              "timing the device's clock"));
  ASSAY_TRY_VOID(check_status(cudaStreamSynchronize(stream), "timing the device's clock"));
  ASSAY_TRY_VOID(copy_to_host(std::as_writable_bytes(std::span(steps)), buffer.data()));
  std::int64_t least = 0;
  for (const std::int64_t step : steps) {
    if (step > 0 && (least == 0 || step < least)) least = step;
  }
  if (least == 0)
    return fail(ErrorCode::kDevice, "cuda: the device's wall clock (%globaltimer) stands still");
  return static_cast<double>(least);
}

}  // namespace assay::device::cuda
