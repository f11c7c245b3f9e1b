// SPDX-License-Identifier: Apache-2.0
#pragma once
// Seeded random content for tensors of every type: inputs of kernel cases and weights of synthetic models.
// Equal seeds give equal bytes on every machine. Row r draws from stream r of the generator (base/random.h),
// so a row does not depend on the rows before it.
// Not supported: sparse or structured content.
#include <cstdint>
#include <span>
#include <variant>

#include "values/tensor.h"

namespace assay::values {

struct Uniform {  // in [low, high)
  double low = -1;
  double high = 1;
};
struct Normal {
  double mean = 0;
  double deviation = 1;
};
struct Constant {
  double value = 0;
};
using Distribution = std::variant<Uniform, Normal, Constant>;

// Draws a value for every element and stores it: floats rounded to nearest, quantised types by encode_row,
// integers rounded to nearest and kept within their range (and within 2^53), bools as value >= 0.5.
void fill(Tensor& tensor, const Distribution& distribution, std::uint64_t seed);
// One row, stream 0.
void fill(std::span<float> values, const Distribution& distribution, std::uint64_t seed);

}  // namespace assay::values
