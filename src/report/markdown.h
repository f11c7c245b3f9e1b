// SPDX-License-Identifier: Apache-2.0
#pragma once
// The run in Markdown with pipe tables, to paste into an issue or a README: the tables of the terminal with
// all columns, the findings, the machine. Text from the record cannot break a table or become HTML. Rejected
// numbers are withheld.
#include <string>

#include "record/measurement.h"

namespace assay::report {

[[nodiscard]] std::string markdown(const record::Run& run);

}  // namespace assay::report
