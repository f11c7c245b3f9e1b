// SPDX-License-Identifier: Apache-2.0
#pragma once
// The functions behind the lists of attention.h; only the files of this folder include it.
#include "kernels/attention/attention.h"

namespace assay::kernels {

void attention_decode_reference(const AttentionCache& cache, const float* q, device::Range positions,
                                AttentionPartial partial);
void attention_merge_reference(std::span<const AttentionPartial> partials, std::int64_t heads,
                               std::int64_t head_dim, float* out);
void attention_prefill_reference(const AttentionCache& cache, const AttentionQueries& queries,
                                 std::int64_t kv_head, device::Range rows, float* scratch);

void attention_decode_avx2(const AttentionCache& cache, const float* q, device::Range positions,
                           AttentionPartial partial);
void attention_merge_avx2(std::span<const AttentionPartial> partials, std::int64_t heads,
                          std::int64_t head_dim, float* out);
void attention_prefill_avx2(const AttentionCache& cache, const AttentionQueries& queries,
                            std::int64_t kv_head, device::Range rows, float* scratch);

// Cached positions that the AVX2 variants work on between two updates of the running maximum.
inline constexpr std::int64_t kAttentionTile = 64;

}  // namespace assay::kernels
