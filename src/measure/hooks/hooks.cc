// SPDX-License-Identifier: Apache-2.0
// The functions that stand in for the C library's. They call its own under the names by which glibc exports
// them for this purpose (glibc manual, "Replacing malloc"); mmap and mprotect go to the kernel.
#include "measure/hooks/hooks.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define ASSAY_HOOKS_ABSENT 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__) || !defined(__LP64__)
#define ASSAY_HOOKS_ABSENT 1
#endif

#if defined(ASSAY_HOOKS_ABSENT)

extern "C" assay::measure::HookCounters* assay_hooks() { return nullptr; }

#else

namespace {

constinit assay::measure::HookCounters counters;

bool is_armed() { return counters.armed.load(std::memory_order_relaxed); }

std::int64_t now_ns() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

void add(std::atomic<std::int64_t>& counter, std::int64_t value) {
  counter.fetch_add(value, std::memory_order_relaxed);
}

// Counts one request for `bytes` around `request`.
template <typename Request>
void* count_allocation(std::size_t bytes, Request request) {
  if (!is_armed()) return request();
  const std::int64_t begin_ns = now_ns();
  void* memory = request();
  add(counters.time_ns, now_ns() - begin_ns);
  add(counters.allocations, 1);
  add(counters.allocated_bytes, static_cast<std::int64_t>(bytes));
  return memory;
}

void count_mapping(int protection) {
  if ((protection & PROT_EXEC) != 0 && is_armed()) add(counters.executable_mappings, 1);
}

}  // namespace

extern "C" {

void* __libc_malloc(std::size_t);                 // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(std::size_t, std::size_t);    // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void*, std::size_t);         // NOLINT(bugprone-reserved-identifier)
void* __libc_memalign(std::size_t, std::size_t);  // NOLINT(bugprone-reserved-identifier)
void __libc_free(void*);                          // NOLINT(bugprone-reserved-identifier)

assay::measure::HookCounters* assay_hooks() { return &counters; }

void* malloc(std::size_t bytes) noexcept {
  return count_allocation(bytes, [=] { return __libc_malloc(bytes); });
}

void* calloc(std::size_t count, std::size_t each) noexcept {
  return count_allocation(count * each, [=] { return __libc_calloc(count, each); });
}

void* realloc(void* memory, std::size_t bytes) noexcept {
  return count_allocation(bytes, [=] { return __libc_realloc(memory, bytes); });
}

void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
  return count_allocation(bytes, [=] { return __libc_memalign(alignment, bytes); });
}

void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept { return memalign(alignment, bytes); }

int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) noexcept {
  const bool is_power_of_two = alignment != 0 && (alignment & (alignment - 1)) == 0;
  if (!is_power_of_two || alignment % sizeof(void*) != 0) return EINVAL;
  void* made = memalign(alignment, bytes);
  if (made == nullptr) return ENOMEM;
  *memory = made;
  return 0;
}

void free(void* memory) noexcept {
  if (memory == nullptr || !is_armed()) return __libc_free(memory);
  const std::int64_t begin_ns = now_ns();
  __libc_free(memory);
  add(counters.time_ns, now_ns() - begin_ns);
  add(counters.frees, 1);
}

void* mmap(void* address, std::size_t bytes, int protection, int flags, int file, off_t offset) noexcept {
  count_mapping(protection);
  return reinterpret_cast<void*>(  // NOLINT(performance-no-int-to-ptr)
      syscall(SYS_mmap, address, bytes, protection, flags, file, offset));
}

void* mmap64(void* address, std::size_t bytes, int protection, int flags, int file, off_t offset) noexcept {
  return mmap(address, bytes, protection, flags, file, offset);
}

int mprotect(void* address, std::size_t bytes, int protection) noexcept {
  count_mapping(protection);
  return static_cast<int>(syscall(SYS_mprotect, address, bytes, protection));
}

}  // extern "C"

#endif
