// SPDX-License-Identifier: Apache-2.0
#include "programs/cache_regime.h"

#include <cpuid.h>
#include <immintrin.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/random.h"

namespace assay::programs {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kMaxLines = 256;
constexpr std::size_t kMinLines = 4;

bool has_clflushopt() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & (1u << 23)) != 0;
}

// Calls action(pointer) for each line that the bytes touch.
template <typename Action>
void for_each_line(std::span<const std::byte> bytes, Action action) {
  if (bytes.empty()) return;
  const std::byte* end = bytes.data() + bytes.size();
  const auto offset = reinterpret_cast<std::uintptr_t>(bytes.data()) % kLine;
  action(bytes.data());
  for (const std::byte* line = bytes.data() + (kLine - offset); line < end; line += kLine) action(line);
}

__attribute__((target("clflushopt"))) void flush_by_clflushopt(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  const auto first = reinterpret_cast<std::uintptr_t>(bytes.data()) / kLine * kLine;
  const auto end = reinterpret_cast<std::uintptr_t>(bytes.data()) + bytes.size();
  for (std::uintptr_t line = first; line < end; line += kLine) _mm_clflushopt(reinterpret_cast<void*>(line));
}

// One byte of up to kMaxLines lines, evenly spread over all buffers, shuffled.
std::vector<const std::byte*> some_lines(Buffers buffers) {
  std::size_t all = 0;
  for (const Buffer& buffer : buffers) for_each_line(buffer.bytes, [&](const std::byte*) { ++all; });
  const std::size_t step = std::max<std::size_t>(1, all / kMaxLines);
  std::vector<const std::byte*> lines;
  std::size_t index = 0;
  for (const Buffer& buffer : buffers) {
    for_each_line(buffer.bytes, [&](const std::byte* line) {
      if (index++ % step == 0 && lines.size() < kMaxLines) lines.push_back(line);
    });
  }
  Random random(lines.size());
  for (std::size_t i = lines.size(); i > 1; --i)
    std::swap(lines[i - 1], lines[random.below(static_cast<std::uint32_t>(i))]);
  return lines;
}

}  // namespace

void flush(std::span<const std::byte> bytes) {
  static const bool is_weakly_ordered = has_clflushopt();
  _mm_mfence();
  if (is_weakly_ordered) {
    flush_by_clflushopt(bytes);
  } else {
    for_each_line(bytes, [](const std::byte* line) { _mm_clflush(line); });
  }
  _mm_mfence();
}

std::optional<double> time_of_a_load_ns(Buffers buffers) {
  const std::vector<const std::byte*> lines = some_lines(buffers);
  if (lines.size() < kMinLines) return std::nullopt;
  SteadyClock clock;
  std::size_t carried = 0;
  const std::int64_t begin_ns = clock.now_ns();
  _mm_lfence();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // The next address needs the byte that was loaded, of which nothing is left: the processor has to wait
    // for it. (It would not for `xor` with itself, which it knows to give 0.)
    const std::byte* at = lines[i] + carried;
    asm volatile("" : "+r"(at));
    carried = std::to_integer<std::size_t>(*static_cast<const volatile std::byte*>(at));
    asm volatile("and $0, %0" : "+r"(carried) : : "cc");
  }
  _mm_lfence();
  return static_cast<double>(clock.now_ns() - begin_ns) / static_cast<double>(lines.size());
}

}  // namespace assay::programs
