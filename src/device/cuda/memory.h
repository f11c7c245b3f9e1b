// SPDX-License-Identifier: Apache-2.0
#pragma once
// Memory of the device and what the harness does with it: copies, fills, digests, a flush of the L2 cache.
// Nothing here is for timed regions. Require open_device() to have succeeded.
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/result.h"
#include "device/cuda/stream_handle.h"

namespace assay::device::cuda {

// Aligned to 256 bytes at least.
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  // Errors: kUnavailable if the device has not so much memory left. Zero bytes are allowed.
  [[nodiscard]] static Result<DeviceBuffer> make(std::int64_t bytes);
  DeviceBuffer(DeviceBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept;
  ~DeviceBuffer();

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }

 private:
  DeviceBuffer(std::byte* data, std::int64_t bytes) : data_(data), bytes_(bytes) {}
  std::byte* data_ = nullptr;
  std::int64_t bytes_ = 0;
};

// Both wait until the copy is done.
[[nodiscard]] Result<void> copy_to_device(std::byte* device, std::span<const std::byte> host);
[[nodiscard]] Result<void> copy_to_host(std::span<std::byte> host, const std::byte* device);
// Enqueues.
[[nodiscard]] Result<void> copy_on_device(std::byte* to, const std::byte* from, std::int64_t bytes,
                                          Stream stream);
[[nodiscard]] Result<void> fill(std::byte* device, std::byte value, std::int64_t bytes, Stream stream);

// `count` pieces of `bytes` each, every `step` bytes from `begin` on.
struct Lines {
  std::byte* begin = nullptr;
  std::int64_t count = 0, bytes = 0, step = 0;
};
// Enqueues.
[[nodiscard]] Result<void> fill_lines(const Lines& lines, std::byte value, Stream stream);
// Waits until the copy is done. `host` holds count * bytes.
[[nodiscard]] Result<void> copy_lines_to_host(std::span<std::byte> host, const Lines& lines);

// 64 bits that tell contents apart: equal contents give equal digests, and others differ but for a chance of
// 2^-60 or so. At the speed of memory; waits. Not against an adversary.
[[nodiscard]] Result<std::uint64_t> digest(const std::byte* device, std::int64_t bytes, Stream stream);

// Nanoseconds of a load by one thread, mean over lines spread over `bytes` (device memory, 4 bytes at least),
// each of which waits for the one before: tells L2 from memory. Waits.
[[nodiscard]] Result<double> load_ns(std::span<const std::byte> bytes, Stream stream);

// Makes the L2 cache hold nothing of anybody's: resets persisting lines and writes `scratch`, which should be
// at least twice as large as the cache. Enqueues.
[[nodiscard]] Result<void> flush_l2(const DeviceBuffer& scratch, Stream stream);

}  // namespace assay::device::cuda
