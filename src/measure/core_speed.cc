// SPDX-License-Identifier: Apache-2.0
#include "measure/core_speed.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <thread>

#include "measure/system_files.h"

namespace assay::measure {
namespace {

constexpr int kChain = 20'000;  // multiplications: 3 or 4 cycles each on current CPUs
constexpr int kTries = 3;
constexpr std::size_t kMaxReadings = 1'000;

std::int64_t chain_ns(Clock& clock) {
  std::uint64_t value = 1;
  const std::int64_t begin_ns = clock.now_ns();
  for (int i = 0; i < kChain; ++i) {
    value *= 0x9E3779B97F4A7C15u;
    asm volatile("" : "+r"(value));  // keeps the compiler from computing the product ahead of time
  }
  return clock.now_ns() - begin_ns;
}

}  // namespace

CoreSpeed::CoreSpeed(Clock& clock) : clock_(clock), thermal_before_(thermal_events()) {
  times_ns_.reserve(kMaxReadings);
}

void CoreSpeed::read() {
  if (times_ns_.size() >= kMaxReadings) return;
  std::int64_t fastest_ns = chain_ns(clock_);
  for (int i = 1; i < kTries; ++i) fastest_ns = std::min(fastest_ns, chain_ns(clock_));
  times_ns_.push_back(fastest_ns);
}

ClockEvidence CoreSpeed::evidence() const {
  ClockEvidence evidence;
  for (const std::int64_t time_ns : times_ns_) {
    if (time_ns <= 0) continue;
    evidence.relative_speed.push_back(static_cast<double>(times_ns_.front()) / static_cast<double>(time_ns));
  }
  if (const auto after = thermal_events(); after && thermal_before_)
    evidence.thermal_events = std::max<std::int64_t>(*after - *thermal_before_, 0);
  return evidence;
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
