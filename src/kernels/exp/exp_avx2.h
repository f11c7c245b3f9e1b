// SPDX-License-Identifier: Apache-2.0
#pragma once
// e^x of eight floats in AVX2 and FMA, for softmax and SwiGLU. At most 1 ulp from the true value between
// -87.33 and 88.37 (the test walks through that range); below it 0, above it e^88.37 (no infinity); NaN gives
// NaN. Method: x = n ln2 + r with |r| <= ln2 / 2, e^x = 2^n e^r, e^r by its Taylor series to r^7 (the rest is
// under 6e-9).
#include <immintrin.h>

#include "kernels/cpu_target.h"

namespace assay::kernels {

ASSAY_TARGET_AVX2 __attribute__((always_inline)) inline __m256 exp_avx2(__m256 x) {
  const __m256 lowest = _mm256_set1_ps(-87.33f);
  const __m256 highest = _mm256_set1_ps(88.37f);
  const __m256 is_zero = _mm256_cmp_ps(x, lowest, _CMP_LT_OQ);
  // In this order of operands min and max hand on a NaN in x.
  x = _mm256_min_ps(highest, _mm256_max_ps(lowest, x));

  const __m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.44269504f)),
                                   _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  // ln2 in two parts: the first has few enough bits for n * ln2_high to be exact.
  __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0.693359375f), x);
  r = _mm256_fnmadd_ps(n, _mm256_set1_ps(-2.12194440e-4f), r);

  __m256 sum = _mm256_set1_ps(1.0f / 5040.0f);
  sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(1.0f / 720.0f));
  sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(1.0f / 120.0f));
  sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(1.0f / 24.0f));
  sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(1.0f / 6.0f));
  sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(0.5f));
  sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(1.0f));
  sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(1.0f));

  const __m256i exponent =
      _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
  return _mm256_andnot_ps(is_zero, _mm256_mul_ps(sum, _mm256_castsi256_ps(exponent)));
}

}  // namespace assay::kernels
