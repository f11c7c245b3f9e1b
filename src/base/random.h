// SPDX-License-Identifier: Apache-2.0
#pragma once
// Seeded random numbers with the same sequence on every platform and compiler, which std::normal_distribution
// does not promise. Source: PCG-XSH-RR 64/32 (M. O'Neill, 2014, "PCG: A Family of Simple Fast Space-Efficient
// Statistically Good Algorithms for Random Number Generation"). Not for cryptography.
#include <cstdint>

namespace assay {

class Random {
 public:
  // Generators with equal seeds and different streams are independent of each other.
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0);

  [[nodiscard]] std::uint32_t next_u32();
  [[nodiscard]] std::uint64_t next_u64();
  // Uniform in [0, 1) with 53 random bits.
  [[nodiscard]] double uniform();
  // Uniform in [0, bound), without bias; requires bound > 0.
  [[nodiscard]] std::uint32_t below(std::uint32_t bound);
  // Mean 0, variance 1 (Box-Muller, one value a call).
  [[nodiscard]] double normal();

 private:
  std::uint64_t state_;
  std::uint64_t increment_;
};

}  // namespace assay
