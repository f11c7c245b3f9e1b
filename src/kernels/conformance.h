// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs one variant of an entry at one point in the hardest circumstances that the point allows, and says what
// is wrong. Each buffer stands between guard bands and off its natural vector alignment; outputs are poisoned
// with NaN; inputs must come back unchanged; a second run must give the same bits; an answer without its last
// term must not pass. Not supported: entries whose reference is an implementation (Entry::reference_call),
// as that cannot leave out a term.
#include <string>
#include <vector>

#include "assay/entry.h"

namespace assay::kernels {

// One line for each fault, empty if the variant conforms. Requires Entry::expected, a valid point, and a
// variant that is available and takes it.
[[nodiscard]] std::vector<std::string> conformance_faults(const Entry& entry, const assay::Variant& variant,
                                                          const Point& point);

}  // namespace assay::kernels
