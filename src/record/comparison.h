// SPDX-License-Identifier: Apache-2.0
#pragma once
// One row of a comparison as it is stored and reported: what was compared, in how many processes, the ratio
// with its interval and the noise floor beside it. Not supported: more than two arms.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checks/finding.h"
#include "measure/statistics.h"

namespace assay::record {

struct ComparedArm {
  std::string name;             // "saxpy/plain n=4096", "./old/bench"
  std::string runner;           // what ran; empty: not known
  double median_ns = 0;         // of a call, over all processes
  measure::Interval interval;   // 95 %, over processes
  std::vector<double> turn_ns;  // two turns in each block, round after round
};

// B's times over A's, or A's over A's.
struct Ratio {
  double estimate = 1;
  double lower = 1;
  double upper = 1;
  double confidence = 0.99;
};

struct ComparedGate {
  double slower_than = 0;  // 0.02: the limit is 2 %
  std::string state;       // "green", "red", "open", "unconfirmed": red, but not on fresh processes
  double lower = 0;        // bounds of the slowdown
  double upper = 0;
  std::int64_t pairs_needed = 0;  // if open; -1: over a million
};

struct ComparedRow {
  std::string id;    // of the row
  std::string kind;  // "resident", "whole-process" or "records"
  ComparedArm a;
  ComparedArm again;  // a second process of A; empty for records
  ComparedArm b;
  std::int64_t rounds = 0;  // fresh processes an arm
  std::int64_t blocks = 0;  // in a round
  std::int64_t calls = 0;   // in a turn
  Ratio ratio;
  std::optional<Ratio> noise;              // A over A
  double smallest_detectable = 0;          // true difference that would have been claimed 19 times in 20
  std::string claim;                       // "slower", "faster", "no difference", "unusable", "none"
  std::optional<double> empty_process_ns;  // inside the times of kind "whole-process"
  std::optional<ComparedGate> gate;
  std::vector<checks::Finding> findings;
};

}  // namespace assay::record
