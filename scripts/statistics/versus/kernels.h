// SPDX-License-Identifier: Apache-2.0
#pragma once
// Five small kernels that Google Benchmark and assay both measure, from one source and with the same flags.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace versus {

// About 1 us: 4,096 floats from the first-level cache.
inline void scale(std::span<const float> x, std::span<float> y) {
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = 3 * x[i] + 1;
}

// About 100 us: a sum whose additions wait for each other.
inline void prefix_sum(std::span<const float> x, std::span<float> y) {
  float sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = sum += x[i];
}

// About 300 us: 96 x 96 matrices, the obvious way.
inline constexpr std::size_t kMatrix = 96;
inline void matmul(std::span<const float> x, std::span<float> c) {
  constexpr std::size_t n = kMatrix;
  const auto a = x.first(n * n);
  const auto b = x.subspan(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      float sum = 0;
      for (std::size_t k = 0; k < n; ++k) sum += a[i * n + k] * b[k * n + j];
      c[i * n + j] = sum;
    }
  }
}

// Some ms: 32 MB through the memory.
inline void copy(std::span<const float> x, std::span<float> y) { std::copy(x.begin(), x.end(), y.begin()); }

// Some 100 us: branches that cannot be foreseen.
inline void count_large(std::span<const float> x, std::span<float> y) {
  float count = 0;
  for (const float value : x) {
    if (value > 0.25F) {
      count += 1;
    } else {
      count -= value;
    }
  }
  y[0] = count;
}

inline constexpr std::size_t kScale = 4096;
inline constexpr std::size_t kPrefix = 1 << 17;
inline constexpr std::size_t kCopy = 8 << 20;
inline constexpr std::size_t kCount = 1 << 17;

// The same numbers for both: not all equal, small, of either sign.
inline void fill(std::span<float> values) {
  std::uint32_t state = 1;
  for (float& value : values) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<float>(state >> 8) / static_cast<float>(1 << 23) - 1;
  }
}

}  // namespace versus
