// SPDX-License-Identifier: Apache-2.0
#pragma once
// The CUDA device that this process uses, and what the runtime's status codes mean. The only place that knows
// whether assay was built with CUDA: without it everything here fails with kUnavailable and one clear line.
// Not supported: more than one device (the first that CUDA_VISIBLE_DEVICES leaves is used).
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "device/cuda/stream_handle.h"

namespace assay::device::cuda {

struct DeviceInfo {
  std::string name;       // "NVIDIA H200"
  std::string pci;        // "0000:1b:00.0": the key of the device for NVML
  int compute_major = 0;  // 9 of compute capability 9.0
  int compute_minor = 0;
  int multiprocessors = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t l2_bytes = 0;
  std::int64_t shared_bytes_per_block = 0;  // the most that a block can ask for
  int driver_version = 0;                   // 13000 for the driver's CUDA 13.0
  int runtime_version = 0;                  // of the runtime that is linked in
  [[nodiscard]] int arch() const { return 10 * compute_major + compute_minor; }  // 90
};

[[nodiscard]] bool is_built_in();  // assay was built with CUDA

// Makes the device ready, once a process (some 0.3 s); later calls give the same answer. Call it in the
// process that will use the device: it does not survive a fork. Errors: kUnavailable: built without CUDA, no
// driver, a driver older than the runtime, no device, or a device for which this program has no machine code;
// each says what to do.
[[nodiscard]] Result<DeviceInfo> open_device();

// Success, or kDevice with the runtime's words: "copying to the device: out of memory
// (cudaErrorMemoryAllocation)". Out of memory is kUnavailable.
[[nodiscard]] Result<void> check_status(Status status, std::string_view doing);

// The last error of the calling thread, and clears it unless it is sticky.
[[nodiscard]] Status take_last_status();

// After these no call of this process on the device can succeed any more: the process has to be replaced.
[[nodiscard]] bool is_sticky(Status status);

// Waits for everything that was enqueued on the device.
[[nodiscard]] Result<void> synchronise();

}  // namespace assay::device::cuda
