// SPDX-License-Identifier: Apache-2.0
#pragma once
// The text of a record: each function gives one JSON object, without a line break. Keys, types and units:
// docs/record.md. A double that is not finite becomes null; bytes that are not UTF-8 become U+FFFD. Doubles
// are written with the fewest digits that read back to the same value.
#include <cstdint>
#include <string>

#include "record/measurement.h"

namespace assay::record {

// The first line: schema, subject, environment, limits.
[[nodiscard]] std::string encode_header(const Run& run);

// One measurement. If it is rejected, its numbers stand under the keys `rejected_statistics`,
// `rejected_limits` and `rejected_samples`.
[[nodiscard]] std::string encode_measurement(const Measurement& measurement);

// One row of a comparison, as {"comparison": {...}}.
[[nodiscard]] std::string encode_comparison(const ComparedRow& row);

// The last line of a run that ended by itself.
[[nodiscard]] std::string encode_end(std::int64_t measurements);

// The whole run as one document with line breaks, two spaces a level: the header's keys, then `complete`,
// `cut_line` and `measurements`. Lists of numbers and short objects stand on one line.
[[nodiscard]] std::string encode_run(const Run& run);

}  // namespace assay::record
