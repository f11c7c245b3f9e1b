// SPDX-License-Identifier: Apache-2.0
#pragma once
// How fast the core runs through the window, without any sensor: a chain of multiplications that depend on
// each other takes a fixed number of cycles, so its time tells the clock frequency. A neighbour on the same
// physical core hardly slows it, as it leaves most of the core idle. Thermal throttling is read from /sys
// where the system has it. Not supported: cores other than the calling thread's; reasons for a power limit.
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "measure/evidence.h"

namespace assay::measure {

class CoreSpeed {
 public:
  // Remembers the count of thermal events.
  explicit CoreSpeed(Clock& clock);
  // One reading, some 60 us: the fastest of three chains. Call it between calls, not more than 20 times a
  // second. After 1,000 readings it does nothing.
  void read();
  // Speeds relative to the first reading; thermal events since construction.
  [[nodiscard]] ClockEvidence evidence() const;

 private:
  Clock& clock_;
  std::vector<std::int64_t> times_ns_;
  std::optional<std::int64_t> thermal_before_;
};

// Thermal throttling events of all cores since the system started; absent if it does not tell.
[[nodiscard]] std::optional<std::int64_t> thermal_events();

}  // namespace assay::measure
