// SPDX-License-Identifier: Apache-2.0
#pragma once
// A run as the tables that every report prints: one group an entry, one row a measurement, cells as text. The
// terminal table, the page and Markdown differ only in how they draw these.
#include <string>
#include <vector>

#include "record/measurement.h"
#include "report/figures.h"

namespace assay::report {

struct Column {
  std::string header;
  bool is_axis = false;      // stands left of the numbers, and is shown for a rejected row too
  bool is_number = false;    // aligned to the right
  int importance = kAlways;  // where there is no room, the column with the least goes first
  static constexpr int kAlways = 100;
};

struct Row {
  const record::Measurement* measurement = nullptr;  // into the run, which must outlive the row
  std::vector<std::string> cells;                    // one a column
  bool withheld = false;  // rejected: `reasons` stands instead of the numbers, whose cells are empty
  std::string reasons;    // "wrong-output: 3 of 15 calls ..."; every finding in one line
  Figures figures;        // empty if withheld, but for what the limit allows
};

struct Group {
  std::string name;     // "prefill"
  std::string meaning;  // "time to first token"
  std::string setting;  // what all rows share: "isolated, warm cache, cpu.avx2 threads=2, threads 2"
  Headline headline = Headline::kTime;
  bool on_device = false;       // rows say what a call takes in the other modes of a device, too
  std::vector<Column> columns;  // axes, numbers, verdict
  std::vector<Row> rows;
  std::vector<std::string>
      limit_notes;  // "100 % of peak is 186 GFLOP/s: f32-fma, 2 threads, as measured on this machine"
};

// Groups in the order of their first measurement. Rejected numbers are withheld unless `show_rejected`.
[[nodiscard]] std::vector<Group> groups_of(const record::Run& run, bool show_rejected);

}  // namespace assay::report
