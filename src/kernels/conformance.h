// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs one variant of an entry at one point in the hardest circumstances that the point allows, and says what
// is wrong, on the CPU or on a CUDA device. Each buffer stands between guard bands and off its natural vector
// alignment (as far as the variant's alignment_bytes allow); outputs are poisoned
// with NaN; inputs must come back unchanged; a second run must give the same bits; an answer without its last
// term must not pass. Not supported: entries whose reference is an implementation (Entry::reference_call),
// as that cannot leave out a term.
#include <cstdint>
#include <string>
#include <vector>

#include "assay/entry.h"

namespace assay::kernels {

// One line for each fault, empty if the variant conforms. Requires Entry::expected, a valid point, and a
// variant that is available and takes it. Throws suite::DeviceFailure if a CUDA device fails.
[[nodiscard]] std::vector<std::string> conformance_faults(const Entry& entry, const assay::Variant& variant,
                                                          const Point& point, std::uint64_t seed = 0);

}  // namespace assay::kernels
