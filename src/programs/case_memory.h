// SPDX-License-Identifier: Apache-2.0
#pragma once
// The memory that a running case works on, wherever it lies: the host's, or a CUDA device's. What a runner
// needs of it around a call is the same. Failures of a device throw suite::DeviceFailure.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "assay/buffer.h"
#include "base/result.h"
#include "device/cuda/stream_handle.h"
#include "measure/evidence.h"
#include "suite/fill.h"

namespace assay::programs {

class CaseMemory {
 public:
  virtual ~CaseMemory() = default;

  // What a call works on. Spans of device memory are not for the host to read.
  [[nodiscard]] virtual Buffers buffers() const = 0;

  virtual void put_back(std::size_t i) = 0;  // what the buffer held at first
  virtual void poison(std::size_t i) = 0;
  virtual void overwrite(std::size_t i, std::span<const std::byte> content) = 0;
  // Takes the buffers, or everything, out of the caches.
  virtual void make_cold() = 0;

  [[nodiscard]] virtual bool is_as_before(std::size_t i) = 0;
  [[nodiscard]] virtual bool is_poisoned(std::size_t i) = 0;
  [[nodiscard]] virtual bool is_guard_broken(std::size_t i) = 0;
  // For the host to read, until the next call of content(i) or of the work.
  [[nodiscard]] virtual std::span<const std::byte> content(std::size_t i) = 0;
  // Equal contents have equal fingerprints; absent where comparing contents costs no more.
  [[nodiscard]] virtual std::optional<std::uint64_t> fingerprint(std::size_t i) = 0;
  // Keeps what the buffer holds now, for kept().
  virtual void keep(std::size_t i) = 0;
  [[nodiscard]] virtual std::span<const std::byte> kept(std::size_t i) = 0;
  // Whether the host sees what a call writes without being told that it has ended.
  [[nodiscard]] virtual bool is_visible() const = 0;

  // Looks, where it can, how near the buffers are to the processor: as `restore` left them, then warm, then
  // cold.
  [[nodiscard]] virtual Result<void> probe(measure::CacheEvidence& evidence,
                                           const std::function<Result<void>()>& restore) = 0;
};

// Both keep `specs` and `before` by reference. Throws std::bad_alloc.
[[nodiscard]] std::unique_ptr<CaseMemory> make_host_memory(const std::vector<BufferSpec>& specs,
                                                           const suite::Contents& before);
// Work is enqueued on `stream`. Errors: kUnavailable if the device has not so much memory left.
[[nodiscard]] Result<std::unique_ptr<CaseMemory>> make_cuda_memory(const std::vector<BufferSpec>& specs,
                                                                   const suite::Contents& before,
                                                                   device::cuda::Stream stream);

}  // namespace assay::programs
