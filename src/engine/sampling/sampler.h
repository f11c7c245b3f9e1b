// SPDX-License-Identifier: Apache-2.0
#pragma once
// Chooses the next token from a row of logits: the most likely one, or a seeded draw.
// Not supported: repetition penalties, min-p, grammars.
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "model/tokenizer.h"

namespace assay::engine {

struct SamplingOptions {
  float temperature = 0.0f;  // 0: greedy, the other options have no effect
  int top_k = 0;             // draw among the k most likely tokens; 0: all
  float top_p = 1.0f;        // then among the fewest most likely tokens that together have this probability
  std::uint64_t seed = 0;
};

class Sampler {
 public:
  // Errors: kInvalidArgument for a temperature that is negative or not finite, a negative top_k, or a top_p
  // outside (0, 1].
  [[nodiscard]] static Result<Sampler> create(const SamplingOptions& options);

  // Greedy takes the first of equal logits. NaN counts as the least likely. Requires at least one logit. The
  // same options and the same sequence of logits give the same tokens.
  [[nodiscard]] model::TokenId pick(std::span<const float> logits);

 private:
  struct Candidate {
    model::TokenId token;
    float logit;
    double weight;  // probability times a constant
  };

  explicit Sampler(const SamplingOptions& options) : options_(options), random_(options.seed) {}
  void collect(std::span<const float> logits);
  void keep_most_likely();
  void keep_nucleus();

  SamplingOptions options_;
  Random random_;
  std::vector<Candidate> candidates_;
};

// The first index of the largest logit; NaN counts as the least.
[[nodiscard]] model::TokenId most_likely(std::span<const float> logits);

}  // namespace assay::engine
