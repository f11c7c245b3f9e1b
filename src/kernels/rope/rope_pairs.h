// SPDX-License-Identifier: Apache-2.0
#pragma once
// The two layouts of rotated heads, for every device.
#include <cstdint>

namespace assay::kernels {

// How pairs lie in a head: (2i, 2i+1), or (i, i + dims/2).
enum class RopePairs : std::uint8_t { kInterleaved, kHalfSplit };

}  // namespace assay::kernels
