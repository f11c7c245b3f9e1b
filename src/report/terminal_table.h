// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `assay bench` prints: one table an entry, then why numbers are qualified or rejected. A rejected row
// shows its reasons instead of its numbers. Fits any width from 60 columns: where there is no room, columns
// go in the order ms/token (tok/s of prefill, GFLOP/s), GB/s, n, per cent of the limit, and a line says so;
// the axes, the headline, its interval and the verdict always stay. Not supported: characters that take two
// columns. Reads no environment: whether to colour is the caller's business.
#include <string>

#include "record/measurement.h"

namespace assay::report {

struct TableOptions {
  int width = 80;              // columns of the terminal; less than 40 counts as 40
  bool colour = false;         // ANSI colours
  bool show_rejected = false;  // print the numbers of rejected rows too
};

[[nodiscard]] std::string table(const record::Run& run, const TableOptions& options = {});

}  // namespace assay::report
