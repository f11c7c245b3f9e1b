// SPDX-License-Identifier: Apache-2.0
#include "suite/guarded_buffers.h"

#include <algorithm>
#include <cstring>

#include "values/dtype.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

namespace assay::suite {
namespace {

constexpr std::size_t kGuard = 256;
constexpr std::size_t kLine = 64;
constexpr std::size_t kPage = 4096;
constexpr std::size_t kStagger = 17 * kLine;  // between the places in a page of two buffers
constexpr std::byte kGuardByte{0xA5};

std::size_t element_step(DType dtype) {
  const values::DTypeInfo& type = values::info(dtype);
  return type.is_quantised ? 2 : static_cast<std::size_t>(type.block_bytes);
}

bool all_are(const std::byte* begin, const std::byte* end, std::byte value) {
  return std::all_of(begin, end, [value](std::byte b) { return b == value; });
}

}  // namespace

GuardedBuffers::GuardedBuffers(const std::vector<BufferSpec>& specs, const Contents& before,
                               std::size_t shift)
    : before_(before) {
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::size_t size = before[i].size();
    Storage storage;
    storage.size = 2 * kGuard + kPage + 8 * kLine + size;
    storage.bytes = std::make_unique_for_overwrite<std::byte[]>(storage.size);
    std::byte* first = storage.bytes.get();
    // The least address behind the guard that has this buffer's place in a page.
    const std::size_t place = (kGuard + i * kStagger) % kPage;
    const auto address = reinterpret_cast<std::uintptr_t>(first) + kGuard;
    const std::size_t skip = (place + kPage - address % kPage) % kPage;
    const std::span<std::byte> bytes(first + kGuard + skip + shift * element_step(specs[i].dtype), size);
    std::fill(first, bytes.data(), kGuardByte);
    std::copy(before[i].begin(), before[i].end(), bytes.begin());
    std::fill(bytes.data() + size, first + storage.size, kGuardByte);
    storage_.push_back(std::move(storage));
    buffers_.push_back({specs[i], bytes});
  }
}

GuardedBuffers::~GuardedBuffers() { open_guards(); }

void GuardedBuffers::put_back(std::size_t i) {
  std::copy(before_[i].begin(), before_[i].end(), buffers_[i].bytes.begin());
}
void GuardedBuffers::poison(std::size_t i) {
  const std::span<std::byte> bytes = buffers_[i].bytes;
  std::fill(bytes.begin(), bytes.end(), poison_byte(buffers_[i].spec.dtype));
}
bool GuardedBuffers::is_as_before(std::size_t i) const {
  const std::span<std::byte> bytes = buffers_[i].bytes;
  return bytes.empty() || std::memcmp(bytes.data(), before_[i].data(), bytes.size()) == 0;
}
bool GuardedBuffers::is_poisoned(std::size_t i) const {
  const std::span<std::byte> bytes = buffers_[i].bytes;
  return all_are(bytes.data(), bytes.data() + bytes.size(), poison_byte(buffers_[i].spec.dtype));
}

void GuardedBuffers::close_guards() {
  for_each_guard([](std::byte* begin, std::size_t size) { ASAN_POISON_MEMORY_REGION(begin, size); });
}
void GuardedBuffers::open_guards() {
  for_each_guard([](std::byte* begin, std::size_t size) { ASAN_UNPOISON_MEMORY_REGION(begin, size); });
}

bool GuardedBuffers::is_guard_broken(std::size_t i) const {
  const std::byte* first = storage_[i].bytes.get();
  const std::byte* begin = buffers_[i].bytes.data();
  const std::byte* end = begin + buffers_[i].bytes.size();
  return !all_are(first, begin, kGuardByte) || !all_are(end, first + storage_[i].size, kGuardByte);
}

template <typename Action>
void GuardedBuffers::for_each_guard(Action action) {
  for (std::size_t i = 0; i < storage_.size(); ++i) {
    std::byte* first = storage_[i].bytes.get();
    std::byte* begin = buffers_[i].bytes.data();
    std::byte* end = begin + buffers_[i].bytes.size();
    action(first, static_cast<std::size_t>(begin - first));
    action(end, static_cast<std::size_t>(first + storage_[i].size - end));
  }
}

}  // namespace assay::suite
