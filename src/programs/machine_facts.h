// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `assay doctor` finds out about a machine: facts only; what they mean stands in machine_advice.h. A
// fact that the machine does not tell is absent. Not supported: GPUs, cores other than the calling thread's.
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "measure/comparison.h"
#include "measure/core_speed.h"

namespace assay::programs {

// How much the core changed while it did steady work.
struct CoreSteadiness {
  double clock_moved = 0;  // 0.03: its clock was 3 % slower at times (5th against 95th percentile)
  double shared = 0;       // 0.3: work that fills the core took 30 % longer at times, beyond the clock
};
// Requires at least one reading.
[[nodiscard]] CoreSteadiness core_steadiness(const std::vector<measure::CoreReading>& readings);

// What a code path without any difference looks like to the comparison.
struct SelfComparison {
  int comparisons = 0;             // two in each run of the machinery: A again over A, and B, which is A too
  int false_alarms = 0;            // of them whose interval excludes 1
  double smallest_detectable = 0;  // 0.01: a true difference of 1 % is found 19 times in 20; of the long one
  double call_ns = 0;
  double long_s = 0;  // what the long comparison took
};
struct SelfComparisonOptions {
  std::int64_t long_ns = 10'000'000'000;  // the usual time of a row
  std::int64_t short_ns = 1'500'000'000;
  int short_ones = 8;
  const std::atomic<bool>* stop = nullptr;
  std::function<void(double fraction)> progress = {};
};
// One long run of the comparison of A with itself and some short ones. Errors: as measure::compare.
[[nodiscard]] Result<SelfComparison> compare_with_itself(measure::ArmStarter& same_on_both_sides,
                                                         Clock& clock, const SelfComparisonOptions& options);

struct MachineFacts {
  double clock_step_ns = 0;
  double empty_region_ns = 0;
  std::optional<double> warm_load_ns;  // of a line that was just read
  std::optional<double> cold_load_ns;  // of one that was flushed
  CoreSteadiness core;
  std::string governor;        // "performance"; empty: none to read
  std::optional<bool> boost;   // clock above the nominal one allowed
  std::string huge_pages;      // transparent ones: "always", "madvise", "never"
  bool has_frequency = false;  // a sensor of the core's clock
  bool has_thermal = false;    // a count of thermal throttling
  bool is_virtual = false;
  std::optional<std::int64_t> steal_ns;  // since the start; 0 on a virtual machine: it may not be counted
  std::optional<SelfComparison> self;
};

// Reads the files below `root` ("" outside tests): governor, boost, huge_pages, has_frequency, is_virtual.
void read_machine_files(const std::string& root, MachineFacts& facts);

// All but `self`; about a second, most of it steady work to watch the core by. Uses the calling thread.
[[nodiscard]] MachineFacts find_machine_facts(Clock& clock);

}  // namespace assay::programs
