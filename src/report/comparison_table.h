// SPDX-License-Identifier: Apache-2.0
#pragma once
// The rows of a comparison for a terminal: both times, the ratio with its interval, A against itself beside
// it, and what may be claimed. Not supported: colours.
#include <string>

#include "record/measurement.h"

namespace assay::report {

// Empty if the run holds no comparison. `width`: columns of the terminal, for the lines of text.
[[nodiscard]] std::string comparison_table(const record::Run& run, int width = 100);

// "1.6 % slower", "no difference resolved at ± 0.54 %", "rejected: wrong-output": what a row says.
[[nodiscard]] std::string claim_text(const record::ComparedRow& row);
// "gate: green, at most 1.2 % slower (limit 2.0 %)"; empty if there was none.
[[nodiscard]] std::string gate_text(const record::ComparedRow& row);

}  // namespace assay::report
