// SPDX-License-Identifier: Apache-2.0
#pragma once
// The arithmetic of sampling, defined to the last bit, so that a host and a device choose the same token:
// integers, and floats that are added and multiplied one rounding at a time (the room's .cu files are
// compiled with -fmad=false). constexpr: both sides run these lines. Source of the noise: Salmon, Moraes,
// Dror, Shaw 2011, "Parallel Random Numbers: As Easy as 1, 2, 3" (Philox4x32-10). The polynomials are
// least-squares fits made for this file, with a relative error below 2^-22.
#include <array>
#include <bit>
#include <cstdint>

namespace assay::kernels::sampling {

// ---- order ----

// Rises with the logit; equal for equal logits, -0 and 0 among them; 0 for NaN, below everything.
constexpr std::uint32_t order_of(float logit) {
  if (logit != logit) return 0;
  const auto bits = std::bit_cast<std::uint32_t>(logit + 0.0f);
  return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}

// The logit again; -infinity for a NaN.
constexpr float logit_of(std::uint32_t order) {
  if (order == 0) return std::bit_cast<float>(0xFF800000u);
  return std::bit_cast<float>((order & 0x80000000u) != 0 ? order ^ 0x80000000u : ~order);
}

// Keys order tokens: by a 32-bit order, then the lower index first. No two tokens have the same key, none has
// key 0.
constexpr std::uint64_t key_of(std::uint32_t order, std::uint32_t index) {
  return static_cast<std::uint64_t>(order) << 32 | (0xFFFFFFFFu - index);
}
constexpr std::uint32_t order_in(std::uint64_t key) { return static_cast<std::uint32_t>(key >> 32); }
constexpr std::uint32_t index_in(std::uint64_t key) { return 0xFFFFFFFFu - static_cast<std::uint32_t>(key); }

// ---- noise ----

constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::uint64_t key) {
  auto key0 = static_cast<std::uint32_t>(key), key1 = static_cast<std::uint32_t>(key >> 32);
  std::uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53u} * c0;
    const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * c2;
    c0 = static_cast<std::uint32_t>(b >> 32) ^ c1 ^ key0;
    c1 = static_cast<std::uint32_t>(b);
    c2 = static_cast<std::uint32_t>(a >> 32) ^ c3 ^ key1;
    c3 = static_cast<std::uint32_t>(a);
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return {c0, c1, c2, c3};
}

// The 32 random bits of a token: words of one block belong to four neighbouring tokens.
constexpr std::uint32_t random_bits(std::uint64_t seed, std::uint32_t index) {
  const auto block = philox({index / 4, 0, 0, 0}, seed);
  return index % 4 == 0 ? block[0] : index % 4 == 1 ? block[1] : index % 4 == 2 ? block[2] : block[3];
}

// ln(1 + f) for f from sqrt(1/2) - 1 to sqrt(2) - 1.
constexpr float log_near_one(float f) {
  float p = 0x1.24da9ap-4f;
  p = p * f + -0x1.d9f4d6p-4f;
  p = p * f + 0x1.dda7cep-4f;
  p = p * f + -0x1.fc5b4cp-4f;
  p = p * f + 0x1.23d6b6p-3f;
  p = p * f + -0x1.555ed8p-3f;
  p = p * f + 0x1.999d50p-3f;
  p = p * f + -0x1.fffff2p-3f;
  p = p * f + 0x1.555554p-2f;
  const float square = f * f;
  return f + (square * f * p + -0.5f * square);
}

// ln(x) for normal x > 0.
constexpr float log_of(float x) {
  constexpr std::uint32_t kRootOfHalf = 0x3F3504F3u;
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::int32_t exponent = static_cast<std::int32_t>(bits - kRootOfHalf) >> 23;
  const float mantissa = std::bit_cast<float>(bits - (static_cast<std::uint32_t>(exponent) << 23));
  return static_cast<float>(exponent) * 0x1.62e43p-1f + log_near_one(mantissa - 1.0f);
}

// -ln(u) for u = (bits + 1/2) / 2^32; near u = 1 from 1 - u, which has no cancellation. From 2^-33 to 22.9.
constexpr float exponential(std::uint32_t bits) {
  if (bits >= 0xB504F334u) return -log_near_one(-(static_cast<float>(~bits) * 0x1p-32f + 0x1p-33f));
  return -log_of(static_cast<float>(bits) * 0x1p-32f + 0x1p-33f);
}

// -ln(-ln(u)).
constexpr float gumbel(std::uint32_t bits) { return -log_of(exponential(bits)); }

// ---- weights ----

// How far a logit lies below the greatest, over the temperature: 0 or less.
constexpr float depth_of(float logit, float greatest, float inverse_temperature) {
  return logit == greatest ? 0.0f : (logit - greatest) * inverse_temperature;
}

// 2^30 exp(depth), cut off to an integer, so that sums do not depend on their order.
constexpr std::uint32_t weight_of(float depth) {
  if (!(depth > -22.0f)) return 0;
  const float x = depth * 0x1.715476p+0f;  // log2(e)
  const int whole = static_cast<int>(x);   // from -31 to 0
  const float f = x - static_cast<float>(whole);
  float p = 0x1.cacdf6p-14f;
  p = p * f + 0x1.4e6bdep-10f;
  p = p * f + 0x1.39eb5ap-7f;
  p = p * f + 0x1.c69522p-5f;
  p = p * f + 0x1.ebfac0p-3f;
  p = p * f + 0x1.62e42cp-1f;
  p = p * f + 1.0f;
  return static_cast<std::uint32_t>(p * 0x1p30f) >> -whole;
}

// The sum of weights, in falling order of keys, before which a token has to begin to be kept.
constexpr std::uint64_t weight_to_keep(float top_p, std::uint64_t total) {
  const auto cut = static_cast<std::uint64_t>(static_cast<double>(top_p) * static_cast<double>(total));
  return cut > 0 ? cut : 1;
}

// What is compared at the end: the token with the greatest key_of(score, index) is chosen.
constexpr std::uint32_t score_of(float depth, std::uint64_t seed, std::uint32_t index) {
  return order_of(depth + gumbel(random_bits(seed, index)));
}

}  // namespace assay::kernels::sampling
