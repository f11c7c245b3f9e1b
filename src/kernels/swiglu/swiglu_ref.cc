// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "kernels/swiglu/swiglu_variants.h"

namespace assay::kernels {

void swiglu_reference(const float* gate, const float* up, std::int64_t count, float* y) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto g = static_cast<double>(gate[i]);
    y[i] = static_cast<float>(g / (1.0 + std::exp(-g)) * static_cast<double>(up[i]));
  }
}

}  // namespace assay::kernels
