// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is stored and reported: one line of a record. A report is made from these alone.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checks/finding.h"
#include "measure/environment.h"
#include "measure/evidence.h"
#include "measure/limits.h"
#include "record/comparison.h"
#include "suite/case.h"

namespace assay::record {

inline constexpr int kSchemaVersion = 1;

// A measured ceiling that the measurement stands beside.
struct LimitUse {
  std::string name;               // "read, 2 threads, >= 128 MB"
  double limit_per_second = 0;    // in `unit` a second
  double reached_per_second = 0;  // at the median
  std::string unit;               // "bytes" or "flops"
  // Share of the limit that was reached: 0.3 for 30 %. Not finite where the limit is 0 (a report then says
  // "n/a").
  [[nodiscard]] double fraction() const { return reached_per_second / limit_per_second; }
};

// The case in a mode that is not its headline, for comparison.
struct OtherMode {
  std::string mode;         // "back_to_back"
  std::string unavailable;  // why it could not run; else empty
  std::int64_t calls_per_sample = 1;
  measure::Statistics statistics;  // of one call
  bool too_short = false;  // under 100 clock steps or 10 empty regions: shown as an upper bound, no verdict
};

struct Measurement {
  suite::Case what;
  std::string mode;                   // of the headline: "isolated" or "back_to_back"
  std::string cache;                  // "warm"
  std::string runner;                 // what ran: "cpu.avx2 threads=2"
  std::vector<std::string> variants;  // kernel variants used
  measure::Evidence evidence;         // samples and statistics inside
  std::vector<OtherMode> other_modes;
  std::string input_digest;      // of all inputs before the first call; empty: not known
  std::string output_digest;     // of all outputs after it
  std::vector<LimitUse> limits;  // the first is the one that the table shows
  std::vector<checks::Finding> findings;
  checks::Verdict verdict = checks::Verdict::kTrusted;
};

// A record file: what was run where, and the measurements in the order they were finished.
struct Run {
  int schema = kSchemaVersion;
  measure::Environment environment;
  measure::Limits limits;
  std::string subject;         // "smollm2-135m-instruct"
  std::string subject_detail;  // "SmolLM2 135M, llama, 135 M parameters, q4_1 + q8_0, 96.6 MB a token"
  std::string subject_sha256;
  std::vector<Measurement> measurements;
  std::vector<ComparedRow> comparisons;  // of `assay compare` and `assay bench --vs`
  bool complete = false;                 // the run ended by itself: an end line is there
  bool cut_line = false;                 // the last line of the file was half written and is left out
};

}  // namespace assay::record
