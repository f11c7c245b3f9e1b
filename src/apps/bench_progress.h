// SPDX-License-Identifier: Apache-2.0
#pragma once
// The line that a person who waits looks at.
#include <cstddef>
#include <string>

#include "programs/isolated_bench.h"

namespace assay::apps {

// "[3/12] n = 150, ± 1.8 %, 2 of 12 s, 95 s left  saxpy/plain n=4096". `left_s` of the whole run. The name
// comes last, as a narrow terminal cuts the end off.
[[nodiscard]] std::string progress_text(std::size_t number, std::size_t of, const std::string& id,
                                        const programs::CaseProgress& progress, double left_s);

}  // namespace assay::apps
