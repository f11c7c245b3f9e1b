// SPDX-License-Identifier: Apache-2.0
#pragma once
// Facts that the checks judge, gathered around the timed calls. A fact that this machine cannot tell is
// absent; the checks say nothing about it and the report says that it is missing.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "measure/samples.h"
#include "measure/statistics.h"

namespace assay::measure {

// What comparing the outputs of timed calls with the reference gave.
struct OutputEvidence {
  bool has_reference = false;
  std::string reference;  // "reference backend, full forward pass of 32 tokens"
  std::int64_t calls_checked = 0;
  std::int64_t calls_wrong = 0;
  double worst_error = 0;         // in units of the tolerance: > 1 is wrong
  std::string worst_place;        // "logit 417 of call 12: got 3.25, expected 3.10 +- 0.05"
  bool checker_can_fail = false;  // the checker refused a corrupted output once
};

// What else the machine did between the first and the last timed call.
struct ContentionEvidence {
  std::int64_t wall_ns = 0;
  int cpus = 1;          // that the case wants at once
  int machine_cpus = 0;  // that there are; what others use of the spare ones does no harm. 0: unknown
  std::optional<std::int64_t> steal_ns;              // summed over the CPUs of the machine
  std::optional<std::int64_t> other_cpu_ns;          // CPU time used by everybody but this process
  std::optional<std::int64_t> involuntary_switches;  // of this process
  std::optional<std::int64_t> throttled_ns;          // by the cgroup
};

// The least time that one call can take on this machine.
struct FloorEvidence {
  Bytes bytes;           // stated by the author
  Bytes cache_capacity;  // last-level cache, taken off the bytes
  std::optional<double> best_bytes_per_second;
  std::string bandwidth_name;  // "read, 2 threads, 256 MB"
  Flops flops;
  std::optional<double> peak_flops_per_second;
  double empty_region_ns = 0;
};

struct Evidence {
  Samples samples;
  Statistics statistics;
  double target_half_width = 0.01;
  OutputEvidence output;
  ContentionEvidence contention;
  FloorEvidence floor;
};

}  // namespace assay::measure
