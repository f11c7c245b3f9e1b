// SPDX-License-Identifier: Apache-2.0
// What the cases of attention_cases.cc cannot say: empty ranges, scores of any size, and that parts make the
// whole.
#include "kernels/attention/attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.h"
#include "values/blocks.h"

namespace assay::kernels {
namespace {

constexpr std::int64_t kHeads = 6, kKvHeads = 2, kHeadDim = 16, kPositions = 150;

struct Problem {
  std::vector<float> q;
  std::vector<std::uint16_t> keys, values;
  AttentionCache cache;

  explicit Problem(float query_size = 1.0f) {
    Random random(7);
    q.resize(kHeads * kHeadDim);
    for (float& x : q) x = query_size * static_cast<float>(random.normal());
    for (auto* half : {&keys, &values}) {
      half->resize(kKvHeads * kPositions * kHeadDim);
      for (std::uint16_t& x : *half) x = values::f32_to_f16(static_cast<float>(random.normal()));
    }
    cache = {keys.data(), values.data(), kPositions, kHeads, kKvHeads, kHeadDim};
  }
};

struct PartialStorage {
  std::vector<float> out = std::vector<float>(kHeads * kHeadDim, 7.0f);
  std::vector<float> maximum = std::vector<float>(kHeads, 7.0f), sum = std::vector<float>(kHeads, 7.0f);
  AttentionPartial view() { return {out.data(), maximum.data(), sum.data()}; }
};

class EveryIsa : public ::testing::TestWithParam<device::Isa> {
 protected:
  void SetUp() override {
    if (!device::is_available(GetParam())) GTEST_SKIP() << "needs " << device::isa_name(GetParam());
  }
  void decode(const Problem& problem, device::Range positions, PartialStorage& partial) const {
    pick(attention_decode_variants(kHeadDim), GetParam())
        .run(problem.cache, problem.q.data(), positions, partial.view());
  }
  std::vector<float> merge(std::vector<PartialStorage>& parts) const {
    std::vector<AttentionPartial> views;
    for (PartialStorage& part : parts) views.push_back(part.view());
    std::vector<float> out(kHeads * kHeadDim);
    pick(attention_merge_variants(kHeadDim), GetParam()).run(views, kHeads, kHeadDim, out.data());
    return out;
  }
};
INSTANTIATE_TEST_SUITE_P(Attention, EveryIsa, ::testing::Values(device::Isa::kReference, device::Isa::kAvx2),
                         [](const auto& instance) { return std::string(device::isa_name(instance.param)); });

TEST_P(EveryIsa, GivesNothingForAnEmptyRange) {
  PartialStorage partial;
  decode(Problem(), {5, 5}, partial);
  EXPECT_EQ(partial.out, std::vector<float>(kHeads * kHeadDim, 0.0f));
  EXPECT_EQ(partial.sum, std::vector<float>(kHeads, 0.0f));
  EXPECT_EQ(partial.maximum, std::vector<float>(kHeads, -std::numeric_limits<float>::infinity()));
}

TEST_P(EveryIsa, PartsMakeTheWholeWhereverTheyAreCut) {
  const Problem problem;
  std::vector<PartialStorage> whole(1);
  decode(problem, {0, kPositions}, whole[0]);
  const std::vector<float> expected = merge(whole);
  for (const std::int64_t cut : {0, 1, 64, 77, 149, 150}) {
    std::vector<PartialStorage> parts(3);
    decode(problem, {0, cut}, parts[0]);
    decode(problem, {cut, cut}, parts[1]);
    decode(problem, {cut, kPositions}, parts[2]);
    const std::vector<float> merged = merge(parts);
    for (std::size_t i = 0; i < merged.size(); ++i)
      EXPECT_NEAR(merged[i], expected[i], 1e-6) << "cut at " << cut;
  }
}

TEST_P(EveryIsa, DecodeAndPrefillAgreeOnTheLastPosition) {
  const Problem problem;
  std::vector<PartialStorage> whole(1);
  decode(problem, {0, kPositions}, whole[0]);
  const std::vector<float> expected = merge(whole);
  std::vector<float> out(kHeads * kHeadDim);
  std::vector<float> scratch(static_cast<std::size_t>(attention_scratch(kHeads, kKvHeads, kHeadDim)));
  const AttentionQueries queries{problem.q.data(), kHeads * kHeadDim, out.data(), kHeads * kHeadDim,
                                 kPositions - 1};
  for (std::int64_t kv_head = 0; kv_head < kKvHeads; ++kv_head)
    pick(attention_prefill_variants(kHeadDim), GetParam())
        .run(problem.cache, queries, kv_head, {0, 1}, scratch.data());
  for (std::size_t i = 0; i < out.size(); ++i) EXPECT_NEAR(out[i], expected[i], 1e-6);
}

TEST_P(EveryIsa, TakesScoresOfThousandsWithoutOverflow) {
  const Problem problem(3000.0f);
  std::vector<PartialStorage> parts(2);
  decode(problem, {0, 70}, parts[0]);
  decode(problem, {70, kPositions}, parts[1]);
  EXPECT_GT(parts[0].maximum[0], 1000.0f);
  for (const float x : merge(parts)) {
    EXPECT_TRUE(std::isfinite(x));
    EXPECT_LE(std::abs(x), 6.0f);  // a mean of values
  }
}

}  // namespace
}  // namespace assay::kernels
