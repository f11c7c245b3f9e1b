// SPDX-License-Identifier: Apache-2.0
#pragma once
// The kernels behind SmClock, and work that does nothing, to price a launch; apart from sm_clock.h so that a
// .cu file can include it. Each enqueues and returns the status of the launch.
#include <cstdint>

#include "device/cuda/stream_handle.h"

namespace assay::device::cuda {

// Both edges lie where the wall clock was seen to step, so that its coarse step (32 ns to 1 us by device)
// does not matter.
struct SmStamp {
  std::int64_t begin_ns = 0, end_ns = 0;  // of the device's wall clock (%globaltimer)
  std::int64_t begin_cycles = 0, end_cycles = 0;
  std::uint32_t sm = 0;  // that it ran on
};

[[nodiscard]] Status launch_stamp(SmStamp* into, Stream stream);
// `count` steps of the wall clock, in nanoseconds.
[[nodiscard]] Status launch_timer_steps(std::int64_t* steps, int count, Stream stream);

// A kernel of one warp that does nothing.
[[nodiscard]] Status launch_empty(Stream stream);
// One warp that spins for `cycles`.
[[nodiscard]] Status launch_spin(std::int64_t cycles, Stream stream);

}  // namespace assay::device::cuda
