// SPDX-License-Identifier: Apache-2.0
#include "measure/core_speed.h"

#include <charconv>
#include <string>
#include <thread>

#include "measure/system_files.h"

namespace assay::measure {
namespace {

constexpr int kChain = 3'000;  // multiplications: 3 or 4 cycles each on current CPUs
constexpr int kWide = 5'000;   // rounds of eight additions: a core makes 3 to 6 of them in a cycle

// An empty statement that changes its operands, as far as the compiler can know: nothing is computed ahead.
std::int64_t chain_ns(Clock& clock) {
  std::uint64_t value = 1;
  const std::int64_t begin_ns = clock.now_ns();
  for (int i = 0; i < kChain; ++i) {
    value *= 0x9E3779B97F4A7C15u;
    asm volatile("" : "+r"(value));
  }
  return clock.now_ns() - begin_ns;
}

std::int64_t wide_ns(Clock& clock) {
  std::uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8;
  const std::int64_t begin_ns = clock.now_ns();
  for (int i = 0; i < kWide; ++i) {
    a += 1, b += 1, c += 1, d += 1, e += 1, f += 1, g += 1, h += 1;
    asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h));
  }
  return clock.now_ns() - begin_ns;
}

}  // namespace

CoreReading read_core(Clock& clock) {
  const std::int64_t chain = chain_ns(clock);
  return {chain, wide_ns(clock)};
}

std::optional<std::int64_t> thermal_events() {
  std::optional<std::int64_t> sum;
  for (unsigned cpu = 0; cpu < std::thread::hardware_concurrency(); ++cpu) {
    for (const char* kind : {"core", "package"}) {
      const std::string text = read_system_file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) +
                                                "/thermal_throttle/" + kind + "_throttle_count");
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error == std::errc()) sum = sum.value_or(0) + value;
    }
  }
  return sum;
}

}  // namespace assay::measure
