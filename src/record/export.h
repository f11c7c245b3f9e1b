// SPDX-License-Identifier: Apache-2.0
#pragma once
// A run in the formats of other benchmark tools, so that their scripts can read it. A rejected measurement is
// in no export with a number: where the format has a place for a failure, its reason stands there. Formats:
// Google Benchmark's JSON reporter, version 1; the `--json` of `futhark bench`. Not supported: intervals and
// verdicts of numbers that stand, as these formats have no place for them.
#include <cstddef>
#include <string>

#include "record/measurement.h"

namespace assay::record {

// At most this many samples of a case are exported, evenly spread over its window.
inline constexpr std::size_t kMostSamplesExported = 1000;

// Each sample is a repetition of one iteration, so that compare.py can test their distributions; the medians
// follow as aggregates. A rejected case is one entry with `error_occurred`.
[[nodiscard]] std::string google_benchmark_json(const Run& run);

// The entry is the program, the axes are the data set's name; times are whole microseconds.
[[nodiscard]] std::string futhark_json(const Run& run);

}  // namespace assay::record
