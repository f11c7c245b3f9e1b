// SPDX-License-Identifier: Apache-2.0
#pragma once
// Facts that the checks judge, gathered around the timed calls. A fact that this machine cannot tell is
// absent; the checks say nothing about it and the report says that it is missing.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assay/units.h"
#include "measure/device_evidence.h"
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
  double clock_step_ns = 0;  // smallest step of the clock; 0: not known
};

// What one call does besides its work, from a separate pass of identical calls. All counts are of all its
// calls together.
struct RegionEvidence {
  std::int64_t calls = 0;                   // of that pass; 0: there was none
  std::optional<std::int64_t> allocations;  // malloc and its kin, of every thread
  std::optional<std::int64_t> allocated_bytes;
  std::optional<double> allocation_share;          // of the time of the calls
  std::optional<std::int64_t> page_faults;         // minor and major, of the calling thread
  std::optional<std::int64_t> voluntary_switches;  // of the calling thread: it waited for something
  std::optional<double> waiting_share;             // of the wall time in which no thread of the process ran
  std::optional<std::int64_t> io_calls;            // read and write system calls
  std::optional<std::int64_t> output_bytes;        // written to standard output and standard error
  std::optional<std::int64_t> children;            // processes started
  std::optional<std::int64_t> libraries_loaded;
  std::optional<std::int64_t> executable_mappings;  // made or changed: code that was generated or loaded
};

// Whether buffers were left alone, and state with them.
struct BufferEvidence {
  std::vector<std::string> modified_inputs;  // names of `in` buffers that changed
  std::vector<std::string> broken_guards;    // names of buffers beside which something was written
  bool outputs_untouched = false;            // every poisoned output byte was found as it was
  bool zero_size = false;                    // nothing is to be written: exempt
  // Outputs of the first call and of the last one, from the same inputs.
  std::optional<double> first_last_error;  // in units of the tolerance: > 1 differs
  std::string first_last_place;
  std::vector<std::string>
      not_restored;  // `inout` buffers that did not hold their first content before a call
};

// What went on after the region's end.
struct FlightEvidence {
  std::optional<double>
      busy_after_share;  // CPU time of other threads over the wall time of a pause that begins 2 ms after it
  std::optional<bool> outputs_changed_after;  // until the end of that pause
  std::optional<double> claimed_ns;           // the program's own time for the region
  std::optional<double> device_busy_ns;       // that the region caused
  double stated_overhead_ns = 0;
};

// What ran, against what was asked for.
struct ChoiceEvidence {
  std::string asked;                       // empty: nothing was asked for by name
  std::vector<std::string> ran;            // in the order of their first appearance
  std::vector<std::string> skipped_modes;  // quietly skipped by the runtime
  std::int64_t graph_breaks = 0;
  std::string recompile_limit;  // the log line that says so
};

struct LogEvidence {
  std::int64_t bytes = 0;     // written by the measured program in all calls, and by its set-up
  std::int64_t warnings = 0;  // lines
  std::string first_warning;
};

// Whether the cache was in the regime that was asked for.
struct CacheEvidence {
  std::string regime = "warm";
  std::optional<double> hot_ns;   // one dependent load of a line that was just read
  std::optional<double> cold_ns;  // of a line that was flushed
  std::optional<double> seen_ns;  // of the case's own input lines at the moment of the call
};

struct DataEvidence {
  std::optional<double>
      constant_share;  // of the input bytes: those of the most frequent element of each buffer
  std::optional<double> probe_effect;  // relative change of the median with random inputs of the same shape
};

struct ClockEvidence {
  std::optional<std::int64_t> thermal_events;  // thermal throttling during the window
  std::optional<std::string> power_reason;     // "power cap", "idle"
};

// What watches or serves the measured process in a way that costs it time.
struct ArtefactEvidence {
  std::string tracer;  // name of a process that traces this one; empty: none
  std::optional<double>
      caused_ns;      // of one call: time that assay or the client itself caused inside the region
  std::string cause;  // "reload of a consumed input"
};

// How the worker process ended, where it did not end well.
struct OutcomeEvidence {
  std::string crash;  // "signal 11 (segmentation fault) in call 3", "exit(2)", "exception: ..."; empty: none
  std::optional<double> timed_out_after_s;
};

// Another case of the run with the same inputs but for one axis that its author promises to change the
// result.
struct AxisEvidence {
  std::string axis;   // empty: nothing to compare
  std::string other;  // the other case's id
  bool same_outputs = false;
};

// Exactness of an arm of a comparison.
struct NumericsEvidence {
  std::string accumulation;         // declared by the variant
  std::optional<double> rms_error;  // relative to the reference, over `outputs`
  std::int64_t outputs = 0;
};

struct Evidence {
  Samples samples;
  Statistics statistics;
  double target_half_width = 0.01;
  OutputEvidence output;
  ContentionEvidence contention;
  FloorEvidence floor;
  RegionEvidence region;
  BufferEvidence buffers;
  FlightEvidence flight;
  ChoiceEvidence choice;
  LogEvidence log;
  CacheEvidence cache;
  DataEvidence data;
  ClockEvidence clock;
  ArtefactEvidence artefact;
  OutcomeEvidence outcome;
  AxisEvidence axis;
  NumericsEvidence numerics;
  DeviceEvidence device;
};

}  // namespace assay::measure
