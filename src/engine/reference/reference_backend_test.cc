// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>

#include "engine/testing/models.h"

namespace assay::engine {
namespace {

// Every 53rd logit after each of five tokens, on the synthetic shape `tiny` in Q4_1 with seed 1. Made by this
// backend, after its logits on SmolLM2-135M and its text on stories260K had been compared with llama.cpp and
// llama2.c.
constexpr std::array<std::array<float, 7>, 5> kGolden{{
    {0.452941f, 0.75685f, 0.63023895f, 1.5460813f, -1.1337479f, 1.6901598f, -0.50267702f},
    {1.9510546f, 0.20607153f, -3.3193688f, 1.7870555f, -2.8209658f, -0.18875225f, -2.3834846f},
    {2.4775007f, 0.34407711f, -3.5755584f, -1.6340454f, -1.3387477f, 1.8971852f, -0.96556294f},
    {0.62846571f, 0.90637845f, -3.4530239f, -1.3779151f, 0.95278859f, 3.0950303f, -1.1019933f},
    {2.0000303f, 1.8716152f, -4.7194366f, -0.65593553f, -0.019744158f, 1.6275191f, 4.8008995f},
}};

TEST(ReferenceBackend, GivesTheGoldenLogitsOfASyntheticModel) {
  const model::Model model = testing::tiny_model();
  const std::vector<model::TokenId> tokens{1, 300, 42, 7, 255};
  const auto logits = testing::logits_of(*testing::ready_reference(model), model, tokens, 3);
  // Another compiler's exp, cos and order of vector sums: roundings of 2^-24 in sums of at most 768 terms
  // near 1.
  for (std::size_t t = 0; t < tokens.size(); ++t)
    for (std::size_t i = 0; i < kGolden[t].size(); ++i)
      EXPECT_NEAR(logits[t * 320 + i * 53], kGolden[t][i], 1e-3) << "token " << t << ", logit " << i * 53;
}

TEST(ReferenceBackend, RoundsActivationsOnlyIfAskedTo) {
  const model::Model model = testing::tiny_model();
  const auto tokens = testing::some_tokens(10, model.config.vocab);
  const auto exact = testing::logits_of(*testing::ready_reference(model), model, tokens, 10);
  const auto rounding = make_reference_backend(ActivationType::kEightBits);
  testing::make_ready(*rounding, model, 16, 16);
  EXPECT_NE(testing::logits_of(*rounding, model, tokens, 10), exact);
  const model::Model in_floats = testing::tiny_model(values::DType::kF32);
  testing::make_ready(*rounding, in_floats, 16, 16);
  EXPECT_EQ(testing::logits_of(*rounding, in_floats, tokens, 10),
            testing::logits_of(*testing::ready_reference(in_floats), in_floats, tokens, 10));
}

}  // namespace
}  // namespace assay::engine
