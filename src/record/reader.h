// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads a record back. A last line that was half written (the process was killed) is left out and flagged;
// everything else that is malformed is an error. Keys that are not known are skipped: an addition needs no
// new schema number, and what an older record lacks keeps its default. Not supported: newer schemas, records
// of other tools, files above kLargestFile.
#include <cstddef>
#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "record/measurement.h"

namespace assay::record {

inline constexpr std::size_t kLongestLine = 32u << 20;  // about four million samples
inline constexpr std::size_t kLargestFile = 1u << 30;
inline constexpr int kDeepestNesting = 8;  // the schema needs 5

// The run as it was written, with `complete` and `cut_line` set from the file's last line.
// Errors: those of MappedFile::open; kUnsupported for a newer schema or a file above the limits; kCorrupt for
// anything else, as "<path>: line 3: 'samples.times_ns[4]' is a string, expected an integer".
[[nodiscard]] Result<Run> read_run(const std::filesystem::path& path);

// One line of a record that is a measurement; `name` opens the messages.
[[nodiscard]] Result<Measurement> parse_measurement(std::string_view line, std::string_view name);

// A whole record from text that is in memory.
[[nodiscard]] Result<Run> parse_run(std::string_view text, std::string_view name);

}  // namespace assay::record
