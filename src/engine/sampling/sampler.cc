// SPDX-License-Identifier: Apache-2.0
#include "engine/sampling/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace assay::engine {
namespace {

float number_or_least(float logit) {
  return std::isnan(logit) ? -std::numeric_limits<float>::infinity() : logit;
}

}  // namespace

model::TokenId most_likely(std::span<const float> logits) {
  ASSAY_CHECK(!logits.empty());
  const auto best = std::max_element(
      logits.begin(), logits.end(), [](float a, float b) { return number_or_least(a) < number_or_least(b); });
  return static_cast<model::TokenId>(best - logits.begin());
}

Result<Sampler> Sampler::create(const SamplingOptions& options) {
  if (!(options.temperature >= 0.0f) || !std::isfinite(options.temperature))
    return fail(ErrorCode::kInvalidArgument, "temperature: expected a number of at least 0, got {}",
                options.temperature);
  if (options.top_k < 0)
    return fail(ErrorCode::kInvalidArgument, "top-k: expected 0 (all) or more, got {}", options.top_k);
  if (!(options.top_p > 0.0f && options.top_p <= 1.0f))
    return fail(ErrorCode::kInvalidArgument, "top-p: expected above 0 and at most 1, got {}", options.top_p);
  return Sampler(options);
}

model::TokenId Sampler::pick(std::span<const float> logits) {
  const model::TokenId best = most_likely(logits);
  if (options_.temperature == 0.0f) return best;
  collect(logits);
  keep_most_likely();
  keep_nucleus();

  double total = 0.0;
  for (const Candidate& candidate : candidates_) total += candidate.weight;
  double left = random_.uniform() * total;
  for (const Candidate& candidate : candidates_) {
    left -= candidate.weight;
    if (left < 0.0) return candidate.token;
  }
  return best;  // rounding left nothing over, or no logit is a number
}

// All tokens with their weights e^((logit - largest) / temperature).
void Sampler::collect(std::span<const float> logits) {
  const float largest = number_or_least(logits[static_cast<std::size_t>(most_likely(logits))]);
  candidates_.clear();
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const float logit = number_or_least(logits[i]);
    const double distance = static_cast<double>(logit) - static_cast<double>(largest);
    // Equal infinities have no distance; they weigh the same.
    const double weight =
        logit == largest ? 1.0 : std::exp(distance / static_cast<double>(options_.temperature));
    candidates_.push_back({static_cast<model::TokenId>(i), logit, weight});
  }
}

void Sampler::keep_most_likely() {
  const auto k = static_cast<std::size_t>(options_.top_k);
  if (k == 0 || k >= candidates_.size()) return;
  // By index among equals, so that the choice does not depend on the library's algorithm.
  std::nth_element(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(k),
                   candidates_.end(), [](const Candidate& a, const Candidate& b) {
                     return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
                   });
  candidates_.resize(k);
  std::sort(candidates_.begin(), candidates_.end(),
            [](const Candidate& a, const Candidate& b) { return a.token < b.token; });
}

void Sampler::keep_nucleus() {
  if (options_.top_p == 1.0f) return;
  double total = 0.0;
  for (const Candidate& candidate : candidates_) total += candidate.weight;
  const double wanted = static_cast<double>(options_.top_p) * total;
  // Tokens below this weigh less than total - wanted all together, so none of them is in the nucleus; without
  // them there is little left to sort.
  const double least = (total - wanted) / static_cast<double>(candidates_.size());
  std::erase_if(candidates_, [least](const Candidate& candidate) { return candidate.weight < least; });
  std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.token < b.token;
  });
  double sum = 0.0;
  const auto reaches = std::find_if(candidates_.begin(), candidates_.end(), [&](const Candidate& candidate) {
    sum += candidate.weight;
    return sum >= wanted;
  });
  if (reaches != candidates_.end()) candidates_.erase(reaches + 1, candidates_.end());
}

}  // namespace assay::engine
