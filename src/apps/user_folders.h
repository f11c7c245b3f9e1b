// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where assay keeps what may be deleted at any time: models and measured limits.
#include <filesystem>

#include "base/result.h"

namespace assay::apps {

// $XDG_CACHE_HOME/assay or $HOME/.cache/assay; not created here.
// Errors: kUnavailable if neither variable is set to an absolute path.
[[nodiscard]] Result<std::filesystem::path> cache_folder();
[[nodiscard]] Result<std::filesystem::path> model_folder();  // <cache>/models
[[nodiscard]] Result<std::filesystem::path> limits_file();   // <cache>/limits.json

// Creates `folder` and its parents. Errors: kIo with the system's reason.
[[nodiscard]] Result<void> create_folder(const std::filesystem::path& folder);

}  // namespace assay::apps
