// SPDX-License-Identifier: Apache-2.0
#include <immintrin.h>

#include <array>

#include "kernels/cpu_target.h"
#include "kernels/rope/rope_variants.h"

namespace assay::kernels {
namespace {

// Pairs [0, returned) of `head` are rotated; the caller does the rest.
ASSAY_TARGET_AVX2 std::int64_t rotate_interleaved(const RopeHeads& job, float* head) {
  const __m256i twice = _mm256_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3);
  std::int64_t pair = 0;
  for (; pair + 4 <= job.dims / 2; pair += 4) {
    const __m256 cosines =
        _mm256_permutevar8x32_ps(_mm256_castps128_ps256(_mm_loadu_ps(job.cosines + pair)), twice);
    const __m256 sines =
        _mm256_permutevar8x32_ps(_mm256_castps128_ps256(_mm_loadu_ps(job.sines + pair)), twice);
    const __m256 x = _mm256_loadu_ps(head + 2 * pair);
    const __m256 swapped = _mm256_permute_ps(x, 0b10'11'00'01);
    // Subtracts in even lanes and adds in odd ones.
    _mm256_storeu_ps(head + 2 * pair, _mm256_fmaddsub_ps(x, cosines, _mm256_mul_ps(swapped, sines)));
  }
  return pair;
}

ASSAY_TARGET_AVX2 std::int64_t rotate_half_split(const RopeHeads& job, float* head) {
  const std::int64_t half = job.dims / 2;
  std::int64_t pair = 0;
  for (; pair + 8 <= half; pair += 8) {
    const __m256 cosines = _mm256_loadu_ps(job.cosines + pair);
    const __m256 sines = _mm256_loadu_ps(job.sines + pair);
    const __m256 a = _mm256_loadu_ps(head + pair);
    const __m256 b = _mm256_loadu_ps(head + half + pair);
    _mm256_storeu_ps(head + pair, _mm256_fmsub_ps(a, cosines, _mm256_mul_ps(b, sines)));
    _mm256_storeu_ps(head + half + pair, _mm256_fmadd_ps(a, sines, _mm256_mul_ps(b, cosines)));
  }
  return pair;
}

constexpr std::array<Variant<Rope>, 2> kVariants{{
    {"rope/reference", device::Isa::kReference, rope_reference},
    {"rope/cpu.avx2", device::Isa::kAvx2, rope_avx2},
}};

}  // namespace

void rope_avx2(const RopeHeads& job) {
  for (std::int64_t h = 0; h < job.heads; ++h) {
    float* head = job.x + h * job.head_dim;
    std::int64_t pair =
        job.pairs == RopePairs::kInterleaved ? rotate_interleaved(job, head) : rotate_half_split(job, head);
    for (; pair < job.dims / 2; ++pair) rotate_pair(job, head, pair);
  }
}

std::span<const Variant<Rope>> rope_variants() { return kVariants; }

}  // namespace assay::kernels
