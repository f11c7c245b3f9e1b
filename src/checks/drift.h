// SPDX-License-Identifier: Apache-2.0
#pragma once
// The largest change within a window of times that stationary noise does not explain (pattern.h,
// two_levels.h), and whose doing it is: the program's, or the core's under it.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "measure/evidence.h"

namespace assay::checks {

struct Drift {
  double effect = 0;  // share of the median
  std::string text;   // "a step of 10.0 % near call 150 of 200 (evidence 88 > 19)"
};

// The times with one more in the place of each checked call, on the line between its neighbours: without it,
// an alternation would lose its beat there.
[[nodiscard]] std::vector<std::int64_t> in_beat(const measure::Samples& samples);

// Levels are looked for in `times_ns`, patterns in `in_beat_ns`. `region_median_ns` is what effects are a
// share of; one time is of `calls_per_sample` calls.
[[nodiscard]] std::optional<Drift> find_drift(std::span<const std::int64_t> times_ns,
                                              std::span<const std::int64_t> in_beat_ns,
                                              double region_median_ns, std::int64_t calls_per_sample);

enum class DriftMaker : std::uint8_t { kProgram, kNeighbour, kClock };

struct JudgedDrift {
  Drift drift;
  DriftMaker maker = DriftMaker::kProgram;
};

// The drift of the window, if it is at least 1 % and beyond the interval's half-width. It is the machine's if
// the core was disturbed and the samples that were taken while it was calm do not drift, or are too few to
// tell.
[[nodiscard]] std::optional<JudgedDrift> judge_drift(const measure::Evidence& evidence);

}  // namespace assay::checks
