// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rotary position embedding: each pair of elements of a head is turned by an angle of its position.
// Source: Su et al. 2021 (arXiv 2104.09864). Not supported: scaled frequencies.
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/rope/rope_pairs.h"
#include "kernels/variant.h"

namespace assay::kernels {

// theta^(-2i/dims) for the pairs i < dims / 2. Requires dims even and theta > 0.
[[nodiscard]] std::vector<double> rope_frequencies(std::int64_t dims, float theta);

// cosines[i] and sines[i] of position * frequencies[i], computed in double.
void rope_angles(std::int64_t position, std::span<const double> frequencies, float* cosines, float* sines);

struct RopeHeads {
  float* x = nullptr;  // (heads, head_dim), rotated in place
  std::int64_t heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t dims = 0;  // only the first dims elements of a head are rotated; even, at most head_dim
  const float* cosines = nullptr;  // (dims / 2)
  const float* sines = nullptr;
  RopePairs pairs = RopePairs::kInterleaved;
};
using Rope = void (*)(const RopeHeads& job);

[[nodiscard]] std::span<const Variant<Rope>> rope_variants();

}  // namespace assay::kernels
