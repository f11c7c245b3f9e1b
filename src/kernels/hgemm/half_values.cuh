// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the rungs share on the device: conversions, the choice of an instantiation, and loads of eight values
// that respect the edges of a matrix.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <type_traits>

#include "kernels/hgemm/hgemm_rungs.h"

namespace assay::kernels::hgemm {

__device__ inline float to_float(__half value) { return __half2float(value); }
__device__ inline float to_float(__nv_bfloat16 value) { return __bfloat162float(value); }
template <typename T>
__device__ inline T from_float(float value) {
  if constexpr (std::is_same_v<T, __half>)
    return __float2half_rn(value);
  else
    return __float2bfloat16_rn(value);
}

// What the formula adds to a product: alpha * sum + beta * c, with c at `at` read only where beta is not 0.
template <typename T>
__device__ inline T scaled(float sum, float alpha, float beta, const T* c, std::int64_t at) {
  float value = alpha * sum;
  if (beta != 0) value = fmaf(beta, to_float(c[at]), value);
  return from_float<T>(value);
}

// The outputs at `at` and the next place, of which `left` lie inside the row. `pairs`: the addresses of every
// row of C and D are multiples of 4 bytes and the columns are even.
template <typename T>
__device__ inline void store_pair(float first, float second, float alpha, float beta, const T* c, T* d,
                                  std::int64_t at, std::int64_t left, bool pairs) {
  if (left <= 0) return;
  if (!pairs) {
    d[at] = scaled(first, alpha, beta, c, at);
    if (left > 1) d[at + 1] = scaled(second, alpha, beta, c, at + 1);
    return;
  }
  struct alignas(4) Pair {
    T values[2];
  };
  Pair out;
  if (beta != 0) {
    const Pair old = *reinterpret_cast<const Pair*>(c + at);
    out.values[0] = from_float<T>(fmaf(beta, to_float(old.values[0]), alpha * first));
    out.values[1] = from_float<T>(fmaf(beta, to_float(old.values[1]), alpha * second));
  } else {
    out.values[0] = from_float<T>(alpha * first);
    out.values[1] = from_float<T>(alpha * second);
  }
  *reinterpret_cast<Pair*>(d + at) = out;
}

// Eight values of a row, zeros from `count` on. `vector`: the address is a multiple of 16 bytes.
template <typename T>
__device__ inline uint4 load8(const T* from, std::int64_t count, bool vector) {
  if (vector && count >= 8) return __ldg(reinterpret_cast<const uint4*>(from));
  alignas(16) T values[8];
#pragma unroll
  for (int i = 0; i < 8; ++i) values[i] = i < count ? from[i] : from_float<T>(0.0f);
  return *reinterpret_cast<const uint4*>(values);
}

// Columns of the stored matrices: A's, B's.
inline std::int64_t a_columns(const HgemmArgs& args) {
  return args.layout == HgemmLayout::kTN ? args.m : args.k;
}
inline std::int64_t b_columns(const HgemmArgs& args) {
  return args.layout == HgemmLayout::kNT ? args.k : args.n;
}

inline bool is_aligned16(const void* address) { return reinterpret_cast<std::uintptr_t>(address) % 16 == 0; }

// Every group of eight values of A and of B begins at a multiple of 16 bytes.
inline bool has_vector_rows(const HgemmArgs& args) {
  return is_aligned16(args.a) && is_aligned16(args.b) && a_columns(args) % 8 == 0 && b_columns(args) % 8 == 0;
}

// Every even column of C and of D begins at a multiple of 4 bytes.
inline bool has_pairs(const HgemmArgs& args) {
  return (reinterpret_cast<std::uintptr_t>(args.c) | reinterpret_cast<std::uintptr_t>(args.d)) % 4 == 0 &&
         args.n % 2 == 0;
}

// Calls run.template operator()<T, a_is_transposed, b_is_transposed>().
template <typename T, typename Run>
CudaStatus with_layout(const HgemmArgs& args, Run run) {
  switch (args.layout) {
    case HgemmLayout::kNN:
      return run.template operator()<T, false, false>();
    case HgemmLayout::kNT:
      return run.template operator()<T, false, true>();
    case HgemmLayout::kTN:
      return run.template operator()<T, true, false>();
  }
  return cudaErrorInvalidValue;
}
template <typename Run>
CudaStatus with_type_and_layout(const HgemmArgs& args, Run run) {
  if (args.type == HalfType::kF16) return with_layout<__half>(args, run);
  return with_layout<__nv_bfloat16>(args, run);
}

inline std::int64_t blocks_of(std::int64_t size, std::int64_t tile) { return (size + tile - 1) / tile; }

// The limits of a grid: 2^31 - 1 blocks in x, 65,535 in y.
inline bool fits_grid(std::int64_t x, std::int64_t y) { return x < (std::int64_t{1} << 31) && y <= 65'535; }

}  // namespace assay::kernels::hgemm
