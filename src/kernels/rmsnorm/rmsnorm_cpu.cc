// SPDX-License-Identifier: Apache-2.0
#include <immintrin.h>

#include <array>
#include <cmath>

#include "kernels/cpu_target.h"
#include "kernels/rmsnorm/rmsnorm_variants.h"

namespace assay::kernels {
namespace {

ASSAY_TARGET_AVX2 float sum_of(__m256 v) {
  __m128 sum = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
  return _mm_cvtss_f32(_mm_add_ss(sum, _mm_movehdup_ps(sum)));
}

constexpr std::array<Variant<RmsNorm>, 2> kVariants{{
    {"rmsnorm/reference", device::Isa::kReference, rmsnorm_reference},
    {"rmsnorm/cpu.avx2", device::Isa::kAvx2, rmsnorm_avx2},
}};

}  // namespace

ASSAY_TARGET_AVX2 void rmsnorm_avx2(const float* x, const float* weight, std::int64_t width, float epsilon,
                                    float* y) {
  // Four sums hide the latency of the additions.
  __m256 sums[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
  std::int64_t i = 0;
  for (; i + 32 <= width; i += 32)
    for (int j = 0; j < 4; ++j) {
      const __m256 v = _mm256_loadu_ps(x + i + 8 * j);
      sums[j] = _mm256_fmadd_ps(v, v, sums[j]);
    }
  float squares = sum_of(_mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3])));
  for (; i < width; ++i) squares += x[i] * x[i];

  const float scale = 1.0f / std::sqrt(squares / static_cast<float>(width) + epsilon);
  const __m256 scales = _mm256_set1_ps(scale);
  for (i = 0; i + 8 <= width; i += 8)
    _mm256_storeu_ps(
        y + i, _mm256_mul_ps(_mm256_mul_ps(_mm256_loadu_ps(x + i), scales), _mm256_loadu_ps(weight + i)));
  for (; i < width; ++i) y[i] = x[i] * scale * weight[i];
}

std::span<const Variant<RmsNorm>> rmsnorm_variants() { return kVariants; }

}  // namespace assay::kernels
