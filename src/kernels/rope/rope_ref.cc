// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "kernels/rope/rope_variants.h"

namespace assay::kernels {

std::vector<double> rope_frequencies(std::int64_t dims, float theta) {
  ASSAY_CHECK(dims >= 0 && dims % 2 == 0 && theta > 0.0f);
  std::vector<double> frequencies(static_cast<std::size_t>(dims / 2));
  for (std::size_t i = 0; i < frequencies.size(); ++i)
    frequencies[i] =
        std::pow(static_cast<double>(theta), -2.0 * static_cast<double>(i) / static_cast<double>(dims));
  return frequencies;
}

void rope_angles(std::int64_t position, std::span<const double> frequencies, float* cosines, float* sines) {
  for (std::size_t i = 0; i < frequencies.size(); ++i) {
    const double angle = static_cast<double>(position) * frequencies[i];
    cosines[i] = static_cast<float>(std::cos(angle));
    sines[i] = static_cast<float>(std::sin(angle));
  }
}

void rope_reference(const RopeHeads& job) {
  for (std::int64_t h = 0; h < job.heads; ++h)
    for (std::int64_t pair = 0; pair < job.dims / 2; ++pair) rotate_pair(job, job.x + h * job.head_dim, pair);
}

}  // namespace assay::kernels
