// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the readings of the core (measure/core_speed.h) say about each sample: whether the core was then as it
// was most of the time. Not supported: disturbances that begin and end between two readings.
#include <cstddef>
#include <optional>
#include <vector>

#include "measure/samples.h"

namespace assay::checks {

struct CoreState {
  std::vector<bool> calm;   // one a sample: the readings before and after it are both as usual
  double calm_share = 1;    // of the samples
  double speed_range = 0;   // of the clock while nobody else ran on the core, relative to its highest
  double shared_share = 0;  // of the readings: the core did less work in a cycle than usual, or more
  double width_range = 0;   // of the work in a cycle, relative to the most
};

// Absent with fewer than 8 readings: nothing can be said.
[[nodiscard]] std::optional<CoreState> core_state(const measure::Samples& samples);

// The times of the calm samples, in order.
[[nodiscard]] std::vector<std::int64_t> calm_times(const measure::Samples& samples, const CoreState& state);

}  // namespace assay::checks
