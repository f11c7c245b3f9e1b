// SPDX-License-Identifier: Apache-2.0
#pragma once
// Does an entry make sense? Its author is outside of assay, so every fault is an error of one line that names
// the entry, what was expected and what was found. Functions of the author that throw are such faults too.
#include "assay/assay.h"
#include "base/result.h"

namespace assay::suite {

// The parts that do not depend on a point: names, axes, variants, cache regimes.
// Errors: kInvalidArgument.
[[nodiscard]] Result<void> validate(const Entry& entry);

// The buffers, work, tolerance and threads at one point.
// Errors: kInvalidArgument for a dimension that names no axis of the point, a negative size, columns that are
// no multiple of a quantised type's block, sizes whose sum does not fit, an output of a quantised type, a
// buffer name that occurs twice, negative work or tolerance, or less than one thread.
[[nodiscard]] Result<void> validate_at(const Entry& entry, const Point& point);

// "n=4096 type=q4_1" for messages and names of cases.
[[nodiscard]] std::string to_string(const Point& point);

}  // namespace assay::suite
