// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "device/cuda/cuda_device.h"
#include "device/cuda/memory.h"
#include "programs/case_memory.h"
#include "suite/device_buffers.h"

namespace assay::programs {
namespace {

void require(const Result<void>& done) {
  if (!done) throw suite::DeviceFailure(done.error().message);
}

class CudaMemory final : public CaseMemory {
 public:
  CudaMemory(suite::DeviceBuffers buffers, device::cuda::DeviceBuffer scratch, device::cuda::Stream stream)
      : buffers_(std::move(buffers)),
        scratch_(std::move(scratch)),
        stream_(stream),
        copies_(buffers_.buffers().size()) {}

  Buffers buffers() const override { return buffers_.buffers(); }
  void put_back(std::size_t i) override { buffers_.put_back(i); }
  void poison(std::size_t i) override { buffers_.poison(i); }
  void overwrite(std::size_t i, std::span<const std::byte> content) override {
    require(device::cuda::synchronise());
    require(device::cuda::copy_to_device(buffers_.buffers()[i].bytes.data(), content));
  }
  void make_cold() override { require(device::cuda::flush_l2(scratch_, stream_)); }
  bool is_as_before(std::size_t i) override { return buffers_.is_as_before(i); }
  bool is_poisoned(std::size_t i) override { return buffers_.is_poisoned(i); }
  bool is_guard_broken(std::size_t i) override { return buffers_.is_guard_broken(i); }
  std::span<const std::byte> content(std::size_t i) override {
    copies_[i] = buffers_.content(i);
    return copies_[i];
  }
  std::optional<std::uint64_t> fingerprint(std::size_t i) override { return buffers_.digest(i); }
  bool is_visible() const override { return false; }
  // Not supported: whether the device's caches are cold is not looked at.
  Result<void> probe(measure::CacheEvidence&, const std::function<Result<void>()>&) override { return {}; }

 private:
  suite::DeviceBuffers buffers_;
  device::cuda::DeviceBuffer scratch_;  // twice the L2 cache, to flush it
  device::cuda::Stream stream_;
  suite::Contents copies_;
};

}  // namespace

Result<std::unique_ptr<CaseMemory>> make_cuda_memory(const std::vector<BufferSpec>& specs,
                                                     const suite::Contents& before,
                                                     device::cuda::Stream stream) {
  ASSAY_TRY(const device::cuda::DeviceInfo device, device::cuda::open_device());
  ASSAY_TRY(auto buffers, suite::DeviceBuffers::make(specs, before, stream));
  ASSAY_TRY(auto scratch,
            device::cuda::DeviceBuffer::make(std::max<std::int64_t>(2 * device.l2_bytes, 1 << 20)));
  return std::make_unique<CudaMemory>(std::move(buffers), std::move(scratch), stream);
}

}  // namespace assay::programs
