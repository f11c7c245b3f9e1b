// SPDX-License-Identifier: Apache-2.0
#include "kernels/ceiling/probes.h"
#include "kernels/cpu_target.h"

namespace assay::kernels::ceiling {
namespace {

using device::Isa;

constexpr int kChains = 12;  // enough independent sums to cover the latency of two units

// Factors under 1 and a constant term keep the values in range for ever.
float factor_from(std::uint32_t seed) { return 0.5f + static_cast<float>(seed % 4096) / 8192.0f; }

float fma_scalar(std::int64_t iterations, std::uint32_t seed) {
  const float factor = factor_from(seed);
  float sums[kChains];
  for (int c = 0; c < kChains; ++c) sums[c] = static_cast<float>(c) + factor;
  for (std::int64_t i = 0; i < iterations; ++i)
    for (float& sum : sums) sum = sum * factor + 1.0f;
  float all = 0;
  for (const float sum : sums) all += sum;
  return all;
}

ASSAY_TARGET_AVX2 float fma_avx2(std::int64_t iterations, std::uint32_t seed) {
  const __m256 factor = _mm256_set1_ps(factor_from(seed)), one = _mm256_set1_ps(1.0f);
  __m256 sums[kChains];
  for (int c = 0; c < kChains; ++c) sums[c] = _mm256_set1_ps(static_cast<float>(c));
  for (std::int64_t i = 0; i < iterations; ++i)
    for (__m256& sum : sums) sum = _mm256_fmadd_ps(sum, factor, one);
  __m256 all = sums[0];
  for (const __m256& sum : sums) all = _mm256_add_ps(all, sum);
  return _mm256_cvtss_f32(all);
}

ASSAY_TARGET_AVX512VNNI float fma_avx512(std::int64_t iterations, std::uint32_t seed) {
  const __m512 factor = _mm512_set1_ps(factor_from(seed)), one = _mm512_set1_ps(1.0f);
  __m512 sums[kChains];
  for (int c = 0; c < kChains; ++c) sums[c] = _mm512_set1_ps(static_cast<float>(c));
  for (std::int64_t i = 0; i < iterations; ++i)
    for (__m512& sum : sums) sum = _mm512_fmadd_ps(sum, factor, one);
  __m512 all = sums[0];
  for (const __m512& sum : sums) all = _mm512_add_ps(all, sum);
  return _mm512_reduce_add_ps(all);
}

// vpmaddubsw, vpmaddwd, vpaddd: 32 products and their sums. The empty asm keeps the products inside the loop.
ASSAY_TARGET_AVX2 float dot_avx2(std::int64_t iterations, std::uint32_t seed) {
  __m256i codes = _mm256_set1_epi32(static_cast<int>(seed & 0x0F0F0F0Fu));
  const __m256i x = _mm256_set1_epi32(static_cast<int>(seed * 2654435761u));
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sums[kChains];
  for (int c = 0; c < kChains; ++c) sums[c] = _mm256_set1_epi32(c);  // equal chains would be merged into one
  for (std::int64_t i = 0; i < iterations; ++i) {
#pragma GCC unroll 12
    for (__m256i& sum : sums) {
      __asm__ volatile("" : "+x"(codes));
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(codes, x), ones));
    }
  }
  __m256i all = sums[0];
  for (const __m256i& sum : sums) all = _mm256_add_epi32(all, sum);
  return static_cast<float>(_mm256_extract_epi32(all, 0));
}

ASSAY_TARGET_AVX512VNNI float dot_avx512vnni(std::int64_t iterations, std::uint32_t seed) {
  const __m512i codes = _mm512_set1_epi32(static_cast<int>(seed));
  const __m512i x = _mm512_set1_epi32(static_cast<int>(seed * 2654435761u));
  __m512i sums[kChains];
  for (int c = 0; c < kChains; ++c) sums[c] = _mm512_set1_epi32(c);
  for (std::int64_t i = 0; i < iterations; ++i) {
#pragma GCC unroll 12
    for (__m512i& sum : sums) sum = _mm512_dpbusd_epi32(sum, codes, x);
  }
  __m512i all = sums[0];
  for (const __m512i& sum : sums) all = _mm512_add_epi32(all, sum);
  return static_cast<float>(_mm_extract_epi32(_mm512_castsi512_si128(all), 0));
}

constexpr ComputeProbe kProbes[] = {
    {"f32-fma", "scalar", Isa::kReference, 2 * kChains, fma_scalar},
    {"f32-fma", "avx2", Isa::kAvx2, 2 * kChains * 8, fma_avx2},
    {"f32-fma", "avx512", Isa::kAvx512Vnni, 2 * kChains * 16, fma_avx512},
    {"i8-dot", "avx2", Isa::kAvx2, 2 * kChains * 32, dot_avx2},
    {"i8-dot", "avx512vnni", Isa::kAvx512Vnni, 2 * kChains * 64, dot_avx512vnni},
};

}  // namespace

std::span<const ComputeProbe> compute_probes() { return kProbes; }

}  // namespace assay::kernels::ceiling
