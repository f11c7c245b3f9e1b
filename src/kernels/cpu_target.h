// SPDX-License-Identifier: Apache-2.0
#pragma once
// Attributes that let one function use an instruction set which the rest of the program does not assume. Call
// such a function only where device::is_available says so. Small functions that it calls need the same
// attribute to be inlined.
#define ASSAY_TARGET_AVX2 __attribute__((target("avx2,fma,f16c")))
#define ASSAY_TARGET_AVX512VNNI \
  __attribute__((               \
      target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,prefer-vector-width=512")))
