// SPDX-License-Identifier: Apache-2.0
// The steps of sampling.h, one after another.
#include <algorithm>
#include <vector>

#include "kernels/sampling/sampling.h"
#include "kernels/sampling/sampling_math.h"

namespace assay::kernels {

std::int32_t sample_reference(std::span<const float> logits, const SampleFilter& filter, std::uint64_t seed) {
  using namespace sampling;
  if (logits.empty()) return -1;
  std::vector<std::uint64_t> keys;
  for (std::uint32_t i = 0; i < logits.size(); ++i) keys.push_back(key_of(order_of(logits[i]), i));
  std::sort(keys.begin(), keys.end(), std::greater<>());
  if (!(filter.temperature > 0)) return static_cast<std::int32_t>(index_in(keys[0]));

  if (filter.top_k > 0 && static_cast<std::size_t>(filter.top_k) < keys.size())
    keys.resize(static_cast<std::size_t>(filter.top_k));
  const float greatest = logit_of(order_in(keys[0]));
  std::vector<float> depths;
  for (const std::uint64_t key : keys)
    depths.push_back(depth_of(logit_of(order_in(key)), greatest, 1.0f / filter.temperature));

  if (filter.top_p < 1) {
    std::uint64_t total = 0, before = 0;
    for (const float depth : depths) total += weight_of(depth);
    const std::uint64_t enough = weight_to_keep(filter.top_p, total);
    std::size_t kept = 0;
    while (kept < depths.size() && before < enough) before += weight_of(depths[kept++]);
    keys.resize(kept);
  }

  std::uint64_t best = 0;
  for (std::size_t i = 0; i < keys.size(); ++i)
    best = std::max(best, key_of(score_of(depths[i], seed, index_in(keys[i])), index_in(keys[i])));
  return static_cast<std::int32_t>(index_in(best));
}

}  // namespace assay::kernels
