// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files of other benchmark tools as runs, so that they can be shown and compared beside assay's own. What
// such a file does not say cannot be judged: every measurement is at least qualified with `imported`, which
// names what is missing; what its own tool calls failed is rejected. Formats, told by their content: the JSON
// of Google Benchmark (schema 1), nvbench, hyperfine and llama-bench. Not supported: their other formats, and
// what they measure besides time (memory, counters of the user).
#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "record/measurement.h"

namespace assay::record {

// A record of assay or a file of another tool. Errors: those of read_run; kCorrupt for a file that looks like
// another tool's but lacks what makes it one; kUnsupported above kLargestFile.
[[nodiscard]] Result<Run> read_any_run(const std::filesystem::path& path);

// A file of another tool from text that is in memory; `name` opens the messages.
[[nodiscard]] Result<Run> import_run(std::string_view text, std::string_view name);

}  // namespace assay::record
