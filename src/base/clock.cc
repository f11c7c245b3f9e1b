// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <time.h>

#include <array>
#include <ctime>

#include "base/check.h"

namespace assay {

std::int64_t SteadyClock::now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

void ScriptedClock::advance_ns(std::int64_t ns) {
  ASSAY_CHECK(ns >= 0, "a clock cannot go back by {} ns", -ns);
  now_ns_ += ns;
}

std::string utc_timestamp() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  const auto n = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), n};
}

}  // namespace assay
