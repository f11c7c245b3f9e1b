// SPDX-License-Identifier: Apache-2.0
#pragma once
// How the core runs, without any sensor, read between the samples. Two loops of a fixed number of
// instructions are timed. A chain of multiplications that wait for each other takes a fixed number of cycles:
// its time tells the clock frequency. Additions that wait for nothing fill the whole core: their time goes up
// when something else runs on the same physical core (a neighbour on the other hardware thread, often of
// another virtual machine, which no counter of this system shows). Registers only, so that the caches stay as
// they are. Thermal throttling is read from /sys where the system has it. Not supported: cores other than the
// calling thread's; neighbours that take memory bandwidth or shared cache only.
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace assay::measure {

struct CoreReading {
  std::int64_t chain_ns = 0;
  std::int64_t wide_ns = 0;
};

// Some 6 us.
[[nodiscard]] CoreReading read_core(Clock& clock);

// Thermal throttling events of all cores since the system started; absent if it does not tell.
[[nodiscard]] std::optional<std::int64_t> thermal_events();

}  // namespace assay::measure
