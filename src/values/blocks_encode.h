// SPDX-License-Identifier: Apache-2.0
#pragma once
// Private to blocks_encode*.cc: how a number becomes a code, and the encoders of the 256-value blocks.
#include <cmath>

#include "values/block_layout.h"

namespace assay::values {

// The integer that `round` gives, kept within [low, high]; NaN gives low.
template <typename Round>
int to_code(float value, int low, int high, Round round) {
  if (!(value > static_cast<float>(low))) return low;
  if (value >= static_cast<float>(high)) return high;
  return static_cast<int>(round(value));
}

// Each takes 256 values.
void encode(const float* values, BlockQ4_K& block);
void encode(const float* values, BlockQ5_K& block);
void encode(const float* values, BlockQ6_K& block);

}  // namespace assay::values
