// SPDX-License-Identifier: Apache-2.0
#include "kernels/half/to_half.h"

#include <immintrin.h>

#include <algorithm>
#include <array>

#include "kernels/cpu_target.h"
#include "values/blocks.h"

namespace assay::kernels {
namespace {

void to_half_reference(const float* x, std::int64_t count, std::uint16_t* y) {
  std::transform(x, x + count, y, values::f32_to_f16);
}

ASSAY_TARGET_AVX2 void to_half_avx2(const float* x, std::int64_t count, std::uint16_t* y) {
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(y + i),
                     _mm256_cvtps_ph(_mm256_loadu_ps(x + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  to_half_reference(x + i, count - i, y + i);
}

constexpr std::array<Variant<ToHalf>, 2> kVariants{{
    {"to_half/reference", device::Isa::kReference, to_half_reference},
    {"to_half/cpu.avx2", device::Isa::kAvx2, to_half_avx2},
}};

}  // namespace

std::span<const Variant<ToHalf>> to_half_variants() { return kVariants; }

}  // namespace assay::kernels
