// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "device/cuda/cuda_device.h"
#include "device/cuda/memory.h"
#include "programs/case_memory.h"
#include "suite/device_buffers.h"

namespace assay::programs {
namespace {

template <typename T>
void require(const Result<T>& done) {
  if (!done) throw suite::DeviceFailure(done.error().message);
}

// Host memory for copies of large outputs goes from case to case: its pages take longer to get than a copy.
std::vector<std::vector<std::byte>>& spare_copies() {
  static std::vector<std::vector<std::byte>> spare;
  return spare;
}

class CudaMemory final : public CaseMemory {
 public:
  CudaMemory(suite::DeviceBuffers buffers, device::cuda::DeviceBuffer scratch, device::cuda::Stream stream)
      : buffers_(std::move(buffers)),
        scratch_(std::move(scratch)),
        stream_(stream),
        seen_(buffers_.buffers().size()),
        kept_(buffers_.buffers().size()),
        was_poisoned_(buffers_.buffers().size()),
        is_sparse_(buffers_.buffers().size()) {}
  CudaMemory(const CudaMemory&) = delete;
  CudaMemory& operator=(const CudaMemory&) = delete;
  ~CudaMemory() override {
    for (Seen& seen : seen_)
      if (!seen.copy.empty()) spare_copies().push_back(std::move(seen.copy));
  }

  Buffers buffers() const override { return buffers_.buffers(); }
  void put_back(std::size_t i) override { buffers_.put_back(i); }
  // All of a buffer the first time. Later, of a large one, a few lines: filling it all would leave the caches
  // in another state than the call before does, and checked calls would take another time than the rest.
  void poison(std::size_t i) override {
    const auto bytes = static_cast<std::int64_t>(buffers_.buffers()[i].bytes.size());
    is_sparse_[i] = was_poisoned_[i] && bytes >= kLarge;
    if (is_sparse_[i])
      require(device::cuda::fill_lines(lines_of(i), suite::poison_byte(buffers_.buffers()[i].spec.dtype),
                                       stream_));
    else
      buffers_.poison(i);
    was_poisoned_[i] = true;
  }
  void overwrite(std::size_t i, std::span<const std::byte> content) override {
    require(device::cuda::synchronise());
    require(device::cuda::copy_to_device(buffers_.buffers()[i].bytes.data(), content));
  }
  void make_cold() override { require(device::cuda::flush_l2(scratch_, stream_)); }
  bool is_as_before(std::size_t i) override { return buffers_.is_as_before(i); }
  bool is_poisoned(std::size_t i) override {
    if (!is_sparse_[i]) return buffers_.is_poisoned(i);
    const std::byte poison = suite::poison_byte(buffers_.buffers()[i].spec.dtype);
    std::vector<std::byte> lines(static_cast<std::size_t>(kLines * kLineBytes));
    require(device::cuda::synchronise());
    require(device::cuda::copy_lines_to_host(lines, lines_of(i)));
    return std::all_of(lines.begin(), lines.end(), [poison](std::byte b) { return b == poison; });
  }
  bool is_guard_broken(std::size_t i) override { return buffers_.is_guard_broken(i); }
  std::span<const std::byte> content(std::size_t i) override {
    // A copy to the host takes a hundred times as long as a look whether it would be the same again.
    const std::uint64_t digest = buffers_.digest(i);
    if (seen_[i].copy.empty() && !spare_copies().empty()) {
      seen_[i].copy = std::move(spare_copies().back());
      spare_copies().pop_back();
    }
    if (seen_[i].digest != digest) {
      buffers_.read(i, seen_[i].copy);
      seen_[i].digest = digest;
    }
    return seen_[i].copy;
  }
  std::optional<std::uint64_t> fingerprint(std::size_t i) override { return buffers_.digest(i); }
  void keep(std::size_t i) override {
    const std::span<const std::byte> bytes = buffers_.buffers()[i].bytes;
    const auto size = static_cast<std::int64_t>(bytes.size());
    auto copy = device::cuda::DeviceBuffer::make(size);
    require(copy ? device::cuda::copy_on_device(copy->data(), bytes.data(), size, stream_)
                 : tl::unexpected(copy.error()));
    kept_[i].on_device = std::move(*copy);
  }
  std::span<const std::byte> kept(std::size_t i) override {
    Kept& kept = kept_[i];
    kept.copy.resize(static_cast<std::size_t>(kept.on_device.bytes()));
    require(device::cuda::synchronise());
    require(device::cuda::copy_to_host(kept.copy, kept.on_device.data()));
    return kept.copy;
  }
  bool is_visible() const override { return false; }
  // The longest input, or what else there is, as a call would find it; then just read; then flushed.
  Result<void> probe(measure::CacheEvidence& evidence,
                     const std::function<Result<void>()>& restore) override {
    std::span<const std::byte> looked_at;
    for (const Buffer& buffer : buffers_.buffers()) {
      const bool is_input = buffer.spec.role != Role::kOut;
      if (buffer.bytes.size() >= 4 &&
          (looked_at.empty() || (is_input && buffer.bytes.size() > looked_at.size())))
        looked_at = buffer.bytes;
    }
    if (looked_at.empty()) return {};
    looked_at = looked_at.first(std::min(looked_at.size(), static_cast<std::size_t>(scratch_.bytes() / 8)));
    ASSAY_TRY_VOID(restore());
    ASSAY_TRY(evidence.seen_ns, device::cuda::load_ns(looked_at, stream_));
    ASSAY_TRY(evidence.hot_ns, device::cuda::load_ns(looked_at, stream_));
    make_cold();
    ASSAY_TRY(evidence.cold_ns, device::cuda::load_ns(looked_at, stream_));
    return {};
  }

 private:
  static constexpr std::int64_t kLarge = 16 << 20, kLines = 64, kLineBytes = 256;

  [[nodiscard]] device::cuda::Lines lines_of(std::size_t i) const {
    const std::span<std::byte> bytes = buffers_.buffers()[i].bytes;
    const std::int64_t step = static_cast<std::int64_t>(bytes.size()) / kLines / kLineBytes * kLineBytes;
    return {bytes.data(), kLines, kLineBytes, step};
  }

  suite::DeviceBuffers buffers_;
  device::cuda::DeviceBuffer scratch_;  // twice the L2 cache, to flush it
  device::cuda::Stream stream_;
  struct Seen {
    std::optional<std::uint64_t> digest;
    std::vector<std::byte> copy;
  };
  struct Kept {
    device::cuda::DeviceBuffer on_device;
    std::vector<std::byte> copy;
  };
  std::vector<Seen> seen_;
  std::vector<Kept> kept_;
  std::vector<bool> was_poisoned_, is_sparse_;
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
