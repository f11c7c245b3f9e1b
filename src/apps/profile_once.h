// SPDX-License-Identifier: Apache-2.0
#pragma once
// `--profile-once CASE`: one call of one case without the harness around it, for a profiler. The call is made
// in this process by a function named assay_profile_region, so that `perf report --parent
// assay_profile_region`, valgrind's --toggle-collect=assay_profile_region or a breakpoint there see it and
// nothing else. Prints nothing.
#include <string>

#include "base/result.h"
#include "programs/isolated_bench.h"

namespace assay::apps {

// Warms up with one call. Errors: those of `open` and of the calls; kInvalidArgument unless `name` is the
// name, or a part of the name, of exactly one case.
[[nodiscard]] Result<void> profile_once(const programs::IsolatedBench::Open& open, const std::string& name);

}  // namespace assay::apps
