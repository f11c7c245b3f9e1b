// SPDX-License-Identifier: Apache-2.0
#pragma once
// The buffers of one running case in the memory of a CUDA device, each between two guard bands, as
// GuardedBuffers are in the memory of the host. What a large buffer holds is compared by digests on the
// device, not by copies. A failure of the device throws DeviceFailure: the code that is measured caused it,
// or nothing can be done about it here. Not supported: reads beside a buffer (compute-sanitizer sees them).
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

#include "assay/buffer.h"
#include "base/result.h"
#include "device/cuda/memory.h"
#include "suite/fill.h"

namespace assay::suite {

class DeviceFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class DeviceBuffers {
 public:
  // Uploads `before`, which must outlive the object. Each buffer begins `shift` elements off a border of 256
  // bytes. Work is enqueued on `stream`. Requires device::cuda::open_device() to have succeeded.
  // Errors: kUnavailable if the device has not so much memory left, those of the device.
  [[nodiscard]] static Result<DeviceBuffers> make(const std::vector<BufferSpec>& specs,
                                                  const Contents& before, device::cuda::Stream stream,
                                                  std::size_t shift = 0);

  // The spans are of device memory: not for the host to read.
  [[nodiscard]] Buffers buffers() const { return buffers_; }

  // Enqueue.
  void put_back(std::size_t i);  // what the buffer held at first
  void poison(std::size_t i);    // with poison_byte() of its type

  // Wait.
  [[nodiscard]] std::uint64_t digest(std::size_t i) const;
  [[nodiscard]] bool is_as_before(std::size_t i) const;
  [[nodiscard]] bool is_poisoned(std::size_t i) const;
  [[nodiscard]] bool is_guard_broken(std::size_t i) const;
  [[nodiscard]] std::vector<std::byte> content(std::size_t i) const;
  void read(std::size_t i, std::vector<std::byte>& into) const;

 private:
  struct Storage {
    device::cuda::DeviceBuffer memory;
    device::cuda::DeviceBuffer copy;  // of what an `inout` held at first
    std::int64_t begin = 0;           // of the content in `memory`
    std::uint64_t digest_before = 0;
    mutable std::optional<std::uint64_t> digest_poisoned;
  };
  DeviceBuffers(const Contents& before, device::cuda::Stream stream) : before_(&before), stream_(stream) {}
  [[nodiscard]] Result<void> add(const BufferSpec& spec, const std::vector<std::byte>& content,
                                 std::size_t shift);

  const Contents* before_;
  device::cuda::Stream stream_;
  std::vector<Storage> storage_;
  std::vector<Buffer> buffers_;
};

}  // namespace assay::suite
