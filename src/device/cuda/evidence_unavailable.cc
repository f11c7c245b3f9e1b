// SPDX-License-Identifier: Apache-2.0
// The evidence about the device (activity.h, sm_clock.h) in a build without CUDA: there is none, and it says
// so.
#include "device/cuda/activity.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/sm_clock.h"

namespace assay::device::cuda {

struct ActivityRecorder::Session {};
Result<std::string> activity_library() { return tl::unexpected<Error>(open_device().error()); }
Result<ActivityRecorder> ActivityRecorder::start() { return tl::unexpected<Error>(open_device().error()); }
Result<ActivityList> ActivityRecorder::stop() { return tl::unexpected<Error>(open_device().error()); }
ActivityRecorder::ActivityRecorder(ActivityRecorder&&) noexcept = default;
ActivityRecorder::~ActivityRecorder() = default;

Result<SmClock> SmClock::make(int) { return tl::unexpected<Error>(open_device().error()); }
Result<void> SmClock::stamp(Stream) { return tl::unexpected<Error>(open_device().error()); }
Result<std::vector<SmStamp>> SmClock::read_back(Stream) {
  return tl::unexpected<Error>(open_device().error());
}
Result<double> global_timer_step_ns(Stream) { return tl::unexpected<Error>(open_device().error()); }
Status launch_empty(Stream) { return 1; }
Status launch_spin(std::int64_t, Stream) { return 1; }

}  // namespace assay::device::cuda
