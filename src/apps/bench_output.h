// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a run leaves behind besides its record: the table or JSON on standard output, the page, exports.
#include <filesystem>

#include "apps/bench_session.h"
#include "base/result.h"
#include "record/measurement.h"

namespace assay::apps {

// Before anything is measured. Errors: kInvalidArgument for a --colour or --export that is none, kNotFound
// for a folder to write to.
[[nodiscard]] Result<void> check_output_options(const BenchSessionOptions& options);

// Errors: kIo.
[[nodiscard]] Result<void> write_output(const record::Run& run, const std::filesystem::path& record_path,
                                        const BenchSessionOptions& options);

}  // namespace assay::apps
