// SPDX-License-Identifier: Apache-2.0
#include "kernels/rmsnorm/rmsnorm_variants.h"

#include <cmath>

namespace assay::kernels {

void rmsnorm_reference(const float* x, const float* weight, std::int64_t width, float epsilon, float* y) {
  double squares = 0.0;
  for (std::int64_t i = 0; i < width; ++i) squares += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  const double mean = squares / static_cast<double>(width);
  const double scale = 1.0 / std::sqrt(mean + static_cast<double>(epsilon));
  for (std::int64_t i = 0; i < width; ++i)
    y[i] = static_cast<float>(static_cast<double>(x[i]) * scale * static_cast<double>(weight[i]));
}

}  // namespace assay::kernels
