// SPDX-License-Identifier: Apache-2.0
#include "engine/sampling/sampler.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <map>

namespace assay::engine {
namespace {

using model::TokenId;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

Sampler sampler(const SamplingOptions& options) { return Sampler::create(options).value(); }

// How often each token comes up.
std::map<TokenId, double> shares(const SamplingOptions& options, std::span<const float> logits, int draws) {
  Sampler drawing = sampler(options);
  std::map<TokenId, double> counts;
  for (int i = 0; i < draws; ++i) counts[drawing.pick(logits)] += 1.0 / draws;
  return counts;
}

TEST(Sampler, GreedyTakesTheFirstOfEqualLogits) {
  EXPECT_EQ(sampler({}).pick(std::array{1.0f, 5.0f, 5.0f, 2.0f}), 1);
  EXPECT_EQ(sampler({}).pick(std::array{-1.0f}), 0);
}

TEST(Sampler, GreedyPassesOverNaN) {
  EXPECT_EQ(sampler({}).pick(std::array{kNaN, -7.0f, kNaN, -3.0f}), 3);
  EXPECT_EQ(sampler({}).pick(std::array{kNaN, kNaN}), 0);
}

// Chi-square over 5 tokens and 20,000 draws: 4 degrees of freedom pass 18.5 once in a thousand seeds; this
// one is fixed.
TEST(Sampler, DrawsWithTheProbabilitiesOfTheSoftmax) {
  const std::array logits{0.0f, 1.0f, 2.0f, -1.0f, 0.5f};
  constexpr int kDraws = 20000;
  for (const float temperature : {0.5f, 1.0f, 2.0f}) {
    auto got = shares({.temperature = temperature, .seed = 11}, logits, kDraws);
    double total = 0;
    for (const float logit : logits) total += std::exp(static_cast<double>(logit / temperature));
    double chi_square = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
      const double expected = std::exp(static_cast<double>(logits[i] / temperature)) / total;
      const double off = got[static_cast<TokenId>(i)] - expected;
      chi_square += kDraws * off * off / expected;
    }
    EXPECT_LT(chi_square, 18.5) << "temperature " << temperature;
  }
}

TEST(Sampler, TopKDrawsOnlyAmongTheMostLikelyAndPrefersEarlierOnesOnTies) {
  const std::array logits{1.0f, 3.0f, 2.0f, 2.0f, 0.0f};
  const auto got = shares({.temperature = 1.0f, .top_k = 2, .seed = 3}, logits, 4000);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_NEAR(got.at(1), 1 / (1 + std::exp(-1.0)), 0.03);
  EXPECT_EQ(got.count(2), 1u);
}

TEST(Sampler, TopPDrawsAmongTheFewestThatReachTheProbability) {
  // Probabilities 0.5, 0.25, 0.125, 0.125, in another order.
  const auto log = [](double p) { return static_cast<float>(std::log(p)); };
  const std::array logits{log(0.125), log(0.5), log(0.125), log(0.25)};
  EXPECT_EQ(shares({.temperature = 1.0f, .top_p = 0.4f}, logits, 500).size(), 1u);
  const auto two = shares({.temperature = 1.0f, .top_p = 0.6f}, logits, 6000);
  ASSERT_EQ(two.size(), 2u);
  EXPECT_NEAR(two.at(1), 2.0 / 3.0, 0.03);
  const auto three = shares({.temperature = 1.0f, .top_p = 0.8f}, logits, 6000);
  EXPECT_EQ(three.count(0), 1u);
  EXPECT_EQ(three.count(2), 0u);
  EXPECT_EQ(shares({.temperature = 1.0f, .top_p = 1.0f}, logits, 6000).size(), 4u);
}

TEST(Sampler, TheSeedDecides) {
  const std::array logits{0.0f, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f};
  const auto draws = [&](std::uint64_t seed) {
    Sampler drawing = sampler({.temperature = 1.0f, .seed = seed});
    std::vector<TokenId> tokens;
    for (int i = 0; i < 30; ++i) tokens.push_back(drawing.pick(logits));
    return tokens;
  };
  EXPECT_EQ(draws(5), draws(5));
  EXPECT_NE(draws(5), draws(6));
}

TEST(Sampler, LivesWithInfinitiesAndNaN) {
  EXPECT_EQ(sampler({.temperature = 1.0f}).pick(std::array{-kInfinity, 2.0f, kNaN, -kInfinity}), 1);
  EXPECT_EQ(sampler({.temperature = 1.0f}).pick(std::array{0.0f, kInfinity, 1.0f}), 1);
  const TokenId any = sampler({.temperature = 1.0f, .top_k = 1, .top_p = 0.5f}).pick(std::array{kNaN, kNaN});
  EXPECT_TRUE(any == 0 || any == 1);
}

TEST(Sampler, RejectsOptionsOutOfRange) {
  for (const SamplingOptions& options :
       {SamplingOptions{.temperature = -0.1f}, SamplingOptions{.temperature = kNaN},
        SamplingOptions{.temperature = kInfinity}, SamplingOptions{.top_k = -1},
        SamplingOptions{.top_p = 0.0f}, SamplingOptions{.top_p = 1.1f}, SamplingOptions{.top_p = kNaN}}) {
    const auto result = Sampler::create(options);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace assay::engine
