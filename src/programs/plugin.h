// SPDX-License-Identifier: Apache-2.0
#pragma once
// A suite from a shared library that somebody built with include/assay and ASSAY_PLUGIN. The library stays
// loaded for the rest of the process, as the suite's functions are in it. Not supported: plug-ins built with
// another standard library or another version of the headers; they are refused.
#include <filesystem>

#include "assay/assay.h"
#include "base/result.h"

namespace assay::programs {

// Loads the library and lets it define its suite, named after the file ("libsaxpy.so": "saxpy"). Runs code of
// the library: its static constructors, and the function given to ASSAY_PLUGIN.
// Errors: kNotFound if there is no such file; kCorrupt if it is no shared library or cannot be loaded;
// kUnsupported if it is no plug-in or was built for another ABI; kInvalidArgument if defining the suite
// threw.
[[nodiscard]] Result<Suite> load_plugin(const std::filesystem::path& path);

}  // namespace assay::programs
