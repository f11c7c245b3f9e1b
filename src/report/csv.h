// SPDX-License-Identifier: Apache-2.0
#pragma once
// The run as comma-separated values (RFC 4180, line breaks of one LF) for spreadsheets and scripts: a header,
// then one row a measurement. Numbers keep all their digits; a number that is absent or rejected is an empty
// cell. Columns: entry, axes ("depth=512 threads=2"), mode, cache, runner, verdict, findings (codes), n,
// median_ns, lower_ns, upper_ns, items_per_second, bytes_per_second, flops_per_second, limit, limit_unit,
// limit_per_second, limit_fraction.
#include <string>

#include "record/measurement.h"

namespace assay::report {

[[nodiscard]] std::string csv(const record::Run& run);

}  // namespace assay::report
