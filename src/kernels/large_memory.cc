// SPDX-License-Identifier: Apache-2.0
#include "kernels/large_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <mutex>
#include <new>

namespace assay::kernels {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kSlab = std::size_t{16} << 20;

std::size_t round_up(std::size_t value, std::size_t step) { return (value + step - 1) / step * step; }

class Slab {
 public:
  explicit Slab(std::size_t size) : mapped_(size + kHugePage) {
    void* start = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) throw std::bad_alloc();
    start_ = static_cast<std::byte*>(start);
    const auto address = reinterpret_cast<std::uintptr_t>(start_);
    next_ = start_ + (round_up(address, kHugePage) - address);
    end_ = next_ + size;
    madvise(next_, size, MADV_HUGEPAGE);  // refused: small pages, slower but right
  }
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;
  ~Slab() { munmap(start_, mapped_); }

  // Null if the rest is too small.
  std::byte* take(std::size_t size) {
    if (static_cast<std::size_t>(end_ - next_) < size) return nullptr;
    std::byte* taken = next_;
    next_ += size;
    return taken;
  }

 private:
  std::size_t mapped_;
  std::byte* start_ = nullptr;
  std::byte* next_ = nullptr;
  std::byte* end_ = nullptr;
};

}  // namespace

std::shared_ptr<std::byte> take_large_memory(std::size_t size) {
  static std::mutex mutex;
  static std::weak_ptr<Slab> current;  // the slab lives as long as its matrices
  const std::size_t rounded = std::max<std::size_t>(64, round_up(size, 64));
  const std::lock_guard lock(mutex);
  std::shared_ptr<Slab> slab = current.lock();
  std::byte* taken = slab != nullptr ? slab->take(rounded) : nullptr;
  if (taken == nullptr) {
    slab = std::make_shared<Slab>(round_up(std::max(rounded, kSlab), kHugePage));
    current = slab;
    taken = slab->take(rounded);
  }
  return {slab, taken};
}

}  // namespace assay::kernels
