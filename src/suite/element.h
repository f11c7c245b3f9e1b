// SPDX-License-Identifier: Apache-2.0
#pragma once
// One element of a plain buffer as a number, wide enough for every type: long double holds 64 bits of integer
// exactly on x86-64. Not supported: quantised types.
#include <cstddef>

#include "assay/dtype.h"

namespace assay::suite {

[[nodiscard]] long double element(DType type, const std::byte* at);

}  // namespace assay::suite
