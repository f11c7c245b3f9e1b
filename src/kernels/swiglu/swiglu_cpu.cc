// SPDX-License-Identifier: Apache-2.0
#include <immintrin.h>

#include <array>

#include "kernels/cpu_target.h"
#include "kernels/exp/exp_avx2.h"
#include "kernels/swiglu/swiglu_variants.h"

namespace assay::kernels {
namespace {

ASSAY_TARGET_AVX2 __attribute__((always_inline)) inline __m256 swiglu_of_eight(__m256 gate, __m256 up) {
  const __m256 one = _mm256_set1_ps(1.0f);
  const __m256 denominator = _mm256_add_ps(one, exp_avx2(_mm256_sub_ps(_mm256_setzero_ps(), gate)));
  return _mm256_mul_ps(_mm256_div_ps(gate, denominator), up);
}

constexpr std::array<Variant<SwiGlu>, 2> kVariants{{
    {"swiglu/reference", device::Isa::kReference, swiglu_reference},
    {"swiglu/cpu.avx2", device::Isa::kAvx2, swiglu_avx2},
}};

}  // namespace

ASSAY_TARGET_AVX2 void swiglu_avx2(const float* gate, const float* up, std::int64_t count, float* y) {
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    _mm256_storeu_ps(y + i, swiglu_of_eight(_mm256_loadu_ps(gate + i), _mm256_loadu_ps(up + i)));
  if (i == count) return;
  alignas(32) static constexpr int kLanes[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
  const __m256i mask =
      _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kLanes + 8 - static_cast<int>(count - i)));
  const __m256 rest = swiglu_of_eight(_mm256_maskload_ps(gate + i, mask), _mm256_maskload_ps(up + i, mask));
  _mm256_maskstore_ps(y + i, mask, rest);
}

std::span<const Variant<SwiGlu>> swiglu_variants() { return kVariants; }

}  // namespace assay::kernels
