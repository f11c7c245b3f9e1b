// SPDX-License-Identifier: Apache-2.0
// The noise against its paper, its arithmetic against the standard library, and the draws of the reference
// against the probabilities that they should have.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

#include "base/random.h"
#include "kernels/sampling/sampling.h"
#include "kernels/sampling/sampling_math.h"

namespace assay::kernels {
namespace {

using namespace sampling;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// The first and second of the known answers that the authors publish with their code.
TEST(Sampling, DrawsPhiloxNumbers) {
  using Block = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox({0, 0, 0, 0}, 0), (Block{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8}));
  EXPECT_EQ(philox({~0u, ~0u, ~0u, ~0u}, ~0ull), (Block{0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD}));
}

TEST(Sampling, OrdersLogitsWithTiesAndNaN) {
  const float rising[] = {-kInfinity, -1e30f, -1, -1e-40f, 0, 1e-40f, 1, 1e30f, kInfinity};
  EXPECT_LT(order_of(std::nanf("")), order_of(rising[0]));
  EXPECT_EQ(order_of(0.0f), order_of(-0.0f));
  for (std::size_t i = 0; i + 1 < std::size(rising); ++i) {
    EXPECT_LT(order_of(rising[i]), order_of(rising[i + 1]));
    EXPECT_EQ(logit_of(order_of(rising[i])), rising[i]);
  }
  EXPECT_GT(key_of(7, 3), key_of(7, 4));
  EXPECT_EQ(index_in(key_of(7, 3)), 3u);
}

TEST(Sampling, TakesLogarithmsToSixDigits) {
  Random random(1);
  std::vector<std::uint32_t> all = {0, 1, 0x7FFFFFFF, 0x80000000, 0xB504F333, 0xB504F334, ~0u - 1, ~0u};
  for (int i = 0; i < 100'000; ++i) all.push_back(random.next_u32());
  for (int i = 0; i < 1'000; ++i) all.push_back(~0u - random.below(1'000'000));
  for (const std::uint32_t bits : all) {
    const double v = (static_cast<double>(~bits) + 0.5) * 0x1p-32;  // 1 - u
    const double e = -std::log1p(-v);
    EXPECT_NEAR(static_cast<double>(exponential(bits)), e, 1e-6 * e + 1e-20) << bits;
    EXPECT_NEAR(static_cast<double>(gumbel(bits)), -std::log(e), 2e-6 * std::abs(std::log(e)) + 1e-6) << bits;
  }
}

TEST(Sampling, WeighsByTheExponential) {
  for (double depth = 0; depth > -25; depth -= 0.0037) {
    const double exact = std::exp(depth) * 0x1p30;
    EXPECT_NEAR(static_cast<double>(weight_of(static_cast<float>(depth))), depth > -21.9 ? exact : 0,
                3e-6 * exact + (depth > -21.9 ? 1.5 : 1))
        << depth;
  }
  EXPECT_EQ(weight_of(0.0f), 1u << 30);
  EXPECT_EQ(weight_of(-kInfinity), 0u);
}

TEST(Sampling, TakesTheFirstOfTheGreatestWithoutTemperature) {
  const std::vector<float> logits = {1, std::nanf(""), 5, 5, -kInfinity};
  EXPECT_EQ(sample_reference(logits, {.temperature = 0}, 1), 2);
  EXPECT_EQ(sample_reference(logits, {.temperature = 1, .top_k = 1}, 1), 2);
  EXPECT_EQ(sample_reference({}, {.temperature = 0}, 1), -1);
}

// chi^2 of draws against probabilities; beyond the bound once in 10^5 times (Wilson and Hilferty).
void expect_distribution(const std::vector<float>& logits, const SampleFilter& filter,
                         const std::map<std::int32_t, double>& weights) {
  constexpr int kDraws = 1 << 16;
  double sum = 0;
  for (const auto& [token, weight] : weights) sum += weight;
  std::map<std::int32_t, int> seen;
  for (std::uint64_t seed = 0; seed < kDraws; ++seed) ++seen[sample_reference(logits, filter, seed)];
  double chi_squared = 0, rest = 0;
  int cells = 0, rest_seen = 0;
  for (const auto& [token, weight] : weights) {
    const double expected = kDraws * weight / sum;
    const int count = seen[token];
    seen.erase(token);
    if (expected < 8) {  // small cells together
      rest += expected;
      rest_seen += count;
      continue;
    }
    chi_squared += (count - expected) * (count - expected) / expected;
    ++cells;
  }
  if (rest > 8) {
    chi_squared += (rest_seen - rest) * (rest_seen - rest) / rest;
    ++cells;
  }
  for (const auto& [token, count] : seen) EXPECT_EQ(count, 0) << "token " << token << " was filtered out";
  const double k = cells - 1, spread = std::sqrt(2 / (9 * k));
  const double bound = k * std::pow(1 - 2 / (9 * k) + 4.26 * spread, 3);
  EXPECT_LT(chi_squared, bound) << cells << " cells";
}

std::vector<float> some_logits(std::size_t count) {
  Random random(7);
  std::vector<float> logits(count);
  for (float& z : logits) z = static_cast<float>(2 * random.normal());
  return logits;
}

// Tokens in falling order.
std::vector<std::int32_t> in_order(const std::vector<float>& logits) {
  std::vector<std::int32_t> tokens(logits.size());
  std::iota(tokens.begin(), tokens.end(), 0);
  std::stable_sort(tokens.begin(), tokens.end(), [&](std::int32_t a, std::int32_t b) {
    return logits[static_cast<std::size_t>(a)] > logits[static_cast<std::size_t>(b)];
  });
  return tokens;
}

std::map<std::int32_t, double> softmax_of(const std::vector<float>& logits, double temperature,
                                          std::span<const std::int32_t> tokens) {
  std::map<std::int32_t, double> weights;
  for (const std::int32_t token : tokens)
    weights[token] = std::exp(static_cast<double>(logits[static_cast<std::size_t>(token)]) / temperature);
  return weights;
}

TEST(Sampling, DrawsTokensWithTheirSoftmaxProbabilities) {
  const std::vector<float> logits = some_logits(40);
  for (const float temperature : {0.5f, 1.0f, 3.0f})
    expect_distribution(logits, {.temperature = temperature},
                        softmax_of(logits, static_cast<double>(temperature), in_order(logits)));
}

TEST(Sampling, DrawsFromTheGreatestFewByTheirRenormalisedProbabilities) {
  const std::vector<float> logits = some_logits(60);
  const std::vector<std::int32_t> order = in_order(logits);
  expect_distribution(logits, {.temperature = 1, .top_k = 12},
                      softmax_of(logits, 1, std::span(order).first(12)));
}

TEST(Sampling, TakesTheNucleusOfWhatTopKLeft) {
  const std::vector<float> logits = some_logits(60);
  const std::vector<std::int32_t> order = in_order(logits);
  const auto of_k = softmax_of(logits, 1, std::span(order).first(12));
  double total = 0, before = 0;
  for (const auto& [token, weight] : of_k) total += weight;
  std::size_t kept = 0;
  while (before < 0.8 * total) before += of_k.at(order[kept++]);
  ASSERT_LT(kept, 12u);
  expect_distribution(logits, {.temperature = 1, .top_k = 12, .top_p = 0.8f},
                      softmax_of(logits, 1, std::span(order).first(kept)));
}

}  // namespace
}  // namespace assay::kernels
