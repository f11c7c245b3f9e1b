// SPDX-License-Identifier: Apache-2.0
#pragma once
// Vector instructions for single functions. The attributes let one function use an instruction set which the
// rest of the program does not assume. Call such a function only where device::is_available says so. What it
// calls for every vector carries the INLINE form.

// GCC 12 warns inside its own AVX-512 header.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#pragma GCC diagnostic pop

#define ASSAY_TARGET_AVX2 __attribute__((target("avx2,fma,f16c")))
#define ASSAY_INLINE_AVX2 __attribute__((target("avx2,fma,f16c"), always_inline)) inline
#define ASSAY_TARGET_AVX512VNNI \
  __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#define ASSAY_INLINE_AVX512VNNI \
  __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"), always_inline)) inline
