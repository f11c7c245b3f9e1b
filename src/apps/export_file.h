// SPDX-License-Identifier: Apache-2.0
#pragma once
// `--export FORMAT=FILE`: a run in the format of another tool, or as a table for one.
#include <string>

#include "base/result.h"
#include "record/measurement.h"

namespace assay::apps {

struct Export {
  std::string format;  // "google-benchmark", "futhark", "csv", "markdown"
  std::string file;
};

// Errors: kInvalidArgument, naming the formats.
[[nodiscard]] Result<Export> parse_export(const std::string& text);

// Errors: kIo.
[[nodiscard]] Result<void> write_export(const record::Run& run, const Export& wanted);

}  // namespace assay::apps
