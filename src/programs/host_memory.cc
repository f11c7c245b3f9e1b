// SPDX-License-Identifier: Apache-2.0
#include "programs/cache_regime.h"
#include "programs/case_memory.h"
#include "suite/guarded_buffers.h"

namespace assay::programs {
namespace {

class HostMemory final : public CaseMemory {
 public:
  HostMemory(const std::vector<BufferSpec>& specs, const suite::Contents& before)
      : buffers_(specs, before), kept_(specs.size()) {}

  Buffers buffers() const override { return buffers_.buffers(); }
  void put_back(std::size_t i) override { buffers_.put_back(i); }
  void poison(std::size_t i) override { buffers_.poison(i); }
  void overwrite(std::size_t i, std::span<const std::byte> content) override {
    std::copy(content.begin(), content.end(), buffers_.buffers()[i].bytes.begin());
  }
  void make_cold() override {
    for (const Buffer& buffer : buffers_.buffers()) flush(buffer.bytes);
  }
  bool is_as_before(std::size_t i) override { return buffers_.is_as_before(i); }
  bool is_poisoned(std::size_t i) override { return buffers_.is_poisoned(i); }
  bool is_guard_broken(std::size_t i) override { return buffers_.is_guard_broken(i); }
  std::span<const std::byte> content(std::size_t i) override { return buffers_.buffers()[i].bytes; }
  std::optional<std::uint64_t> fingerprint(std::size_t) override { return std::nullopt; }
  void keep(std::size_t i) override {
    const std::span<const std::byte> bytes = content(i);
    kept_[i].assign(bytes.begin(), bytes.end());
  }
  std::span<const std::byte> kept(std::size_t i) override { return kept_[i]; }
  bool is_visible() const override { return true; }

  Result<void> probe(measure::CacheEvidence& evidence,
                     const std::function<Result<void>()>& restore) override {
    ASSAY_TRY_VOID(restore());
    evidence.seen_ns = time_of_a_load_ns(buffers_.buffers());
    evidence.hot_ns = time_of_a_load_ns(buffers_.buffers());
    make_cold();
    evidence.cold_ns = time_of_a_load_ns(buffers_.buffers());
    return {};
  }

 private:
  suite::GuardedBuffers buffers_;
  suite::Contents kept_;
};

}  // namespace

std::unique_ptr<CaseMemory> make_host_memory(const std::vector<BufferSpec>& specs,
                                             const suite::Contents& before) {
  return std::make_unique<HostMemory>(specs, before);
}

}  // namespace assay::programs
