// SPDX-License-Identifier: Apache-2.0
#pragma once
// Time is injected: whatever measures takes a Clock, so that tests script durations and never sleep.
#include <cstdint>
#include <string>

namespace assay {

class Clock {
 public:
  virtual ~Clock() = default;
  // Nanoseconds since an arbitrary origin; never goes back.
  [[nodiscard]] virtual std::int64_t now_ns() = 0;
};

// CLOCK_MONOTONIC of the operating system.
class SteadyClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t now_ns() override;
};

// A clock that moves only when told to.
class ScriptedClock final : public Clock {
 public:
  explicit ScriptedClock(std::int64_t start_ns = 0) : now_ns_(start_ns) {}
  [[nodiscard]] std::int64_t now_ns() override { return now_ns_; }
  // Requires ns >= 0.
  void advance_ns(std::int64_t ns);

 private:
  std::int64_t now_ns_;
};

// Wall-clock time as "2026-11-21T07:42:00Z" for records and file names; not for measuring.
[[nodiscard]] std::string utc_timestamp();

}  // namespace assay
