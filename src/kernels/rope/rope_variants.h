// SPDX-License-Identifier: Apache-2.0
#pragma once
// The functions behind rope_variants(); only the files of this folder include it.
#include "kernels/rope/rope.h"

namespace assay::kernels {

void rope_reference(const RopeHeads& job);
void rope_avx2(const RopeHeads& job);

// Rotates one pair of one head.
inline void rotate_pair(const RopeHeads& job, float* head, std::int64_t pair) {
  const bool interleaved = job.pairs == RopePairs::kInterleaved;
  float& first = head[interleaved ? 2 * pair : pair];
  float& second = head[interleaved ? 2 * pair + 1 : pair + job.dims / 2];
  const auto a = static_cast<double>(first);
  const auto b = static_cast<double>(second);
  const auto cosine = static_cast<double>(job.cosines[pair]);
  const auto sine = static_cast<double>(job.sines[pair]);
  first = static_cast<float>(a * cosine - b * sine);
  second = static_cast<float>(a * sine + b * cosine);
}

}  // namespace assay::kernels
