// SPDX-License-Identifier: Apache-2.0
#pragma once
// The clock of the multiprocessors, told by the device itself: stamps of one warp that hold the cycle counter
// and the device's wall clock at one moment. Two stamps with a sample between them say at which clock it ran,
// which no sensor of the driver does for a sample of microseconds. Also work that does nothing, to price a
// launch. Require open_device() to have succeeded. Not supported: the clock of each multiprocessor (one is
// taken for all), recording a stamp in a graph.
#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "device/cuda/memory.h"
#include "device/cuda/sm_stamp.h"
#include "device/cuda/stream_handle.h"

namespace assay::device::cuda {

// Cycles a second within one stamp, some 3 us: good to some 2 %. Absent if the stamp is not whole.
[[nodiscard]] std::optional<double> sm_hz(const SmStamp& stamp);
// Mean of the time between the beginnings of two stamps: the longer, the better (50 us: 0.2 %). Absent if
// they ran on different multiprocessors, whose counters have nothing to do with each other, or are not in
// order.
[[nodiscard]] std::optional<double> sm_hz(const SmStamp& earlier, const SmStamp& later);

class SmClock {
 public:
  // Room for `capacity` stamps. Errors: kUnavailable if the device has no memory left.
  [[nodiscard]] static Result<SmClock> make(int capacity);
  SmClock(SmClock&&) = default;
  SmClock& operator=(SmClock&&) = default;

  // Enqueues a stamp of some 3 to 5 us of the device. Beyond the capacity nothing is enqueued, and counted.
  [[nodiscard]] Result<void> stamp(Stream stream);
  // Waits for the stream, gives all stamps in the order of their calls, and begins anew.
  [[nodiscard]] Result<std::vector<SmStamp>> read_back(Stream stream);
  [[nodiscard]] std::int64_t left_out() const { return left_out_; }

 private:
  SmClock(DeviceBuffer stamps, int capacity) : stamps_(std::move(stamps)), capacity_(capacity) {}
  DeviceBuffer stamps_;
  int capacity_ = 0;
  int used_ = 0;
  std::int64_t left_out_ = 0;
};

// The smallest step of the device's wall clock among 64 of them.
[[nodiscard]] Result<double> global_timer_step_ns(Stream stream);

}  // namespace assay::device::cuda
