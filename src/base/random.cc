// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <cmath>
#include <numbers>

#include "base/check.h"

namespace assay {

Random::Random(std::uint64_t seed, std::uint64_t stream) : state_(0), increment_((stream << 1) | 1) {
  (void)next_u32();
  state_ += seed;
  (void)next_u32();
}

std::uint32_t Random::next_u32() {
  const std::uint64_t old = state_;
  state_ = old * 6364136223846793005ULL + increment_;
  const auto mixed = static_cast<std::uint32_t>(((old >> 18) ^ old) >> 27);
  const auto rotation = static_cast<unsigned>(old >> 59);
  return (mixed >> rotation) | (mixed << ((32 - rotation) & 31));
}

std::uint64_t Random::next_u64() {
  const std::uint64_t high = next_u32();
  return (high << 32) | next_u32();
}

double Random::uniform() { return static_cast<double>(next_u64() >> 11) * 0x1.0p-53; }

std::uint32_t Random::below(std::uint32_t bound) {
  ASSAY_CHECK(bound > 0);
  const std::uint32_t threshold = (0u - bound) % bound;  // values below it would favour small results
  for (;;) {
    const std::uint32_t r = next_u32();
    if (r >= threshold) return r % bound;
  }
}

double Random::normal() {
  const double u = 1.0 - uniform();  // (0, 1], so that the logarithm is finite
  const double v = uniform();
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

}  // namespace assay
