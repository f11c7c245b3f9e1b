// SPDX-License-Identifier: Apache-2.0
#pragma once
// f16 and bf16 as the kernels of this folder read and write them: pairs in 32-bit words, the lower address in
// the lower half, f32 in registers.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

#include "kernels/attention/attention_cuda_variants.h"

namespace assay::kernels::attention {

inline constexpr float kLog2E = 1.4426950408889634f;

template <typename T>
__device__ inline float2 two_floats(std::uint32_t pair);
template <>
__device__ inline float2 two_floats<__nv_bfloat16>(std::uint32_t pair) {
  return make_float2(__uint_as_float(pair << 16), __uint_as_float(pair & 0xFFFF0000u));
}
template <>
__device__ inline float2 two_floats<__half>(std::uint32_t pair) {
  return __half22float2(__halves2half2(__ushort_as_half(static_cast<unsigned short>(pair)),
                                       __ushort_as_half(static_cast<unsigned short>(pair >> 16))));
}

// Rounds to nearest even.
template <typename T>
__device__ inline std::uint32_t pair_of(float low, float high);
template <>
__device__ inline std::uint32_t pair_of<__nv_bfloat16>(float low, float high) {
  const __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
  return static_cast<std::uint32_t>(__bfloat16_as_ushort(pair.x)) |
         static_cast<std::uint32_t>(__bfloat16_as_ushort(pair.y)) << 16;
}
template <>
__device__ inline std::uint32_t pair_of<__half>(float low, float high) {
  const __half2 pair = __floats2half2_rn(low, high);
  return static_cast<std::uint32_t>(__half_as_ushort(__low2half(pair))) |
         static_cast<std::uint32_t>(__half_as_ushort(__high2half(pair))) << 16;
}

__device__ inline float one_float(__nv_bfloat16 value) { return __bfloat162float(value); }
__device__ inline float one_float(__half value) { return __half2float(value); }
__device__ inline void store(__nv_bfloat16* at, float value) { *at = __float2bfloat16_rn(value); }
__device__ inline void store(__half* at, float value) { *at = __float2half_rn(value); }

// 2^x to about 2 ulp; 0 for -infinity.
__device__ inline float exp2_of(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

inline bool is_aligned(const void* p) { return reinterpret_cast<std::uintptr_t>(p) % 16 == 0; }

inline bool fit_together(std::int64_t heads, std::int64_t kv_heads) {
  return heads >= 0 && kv_heads > 0 && heads % kv_heads == 0;
}

// Calls launch(T(), integral constant of head_dim) with the types of the arguments.
template <int kHeadDim>
struct HeadDim {
  static constexpr int value = kHeadDim;
};
template <typename Launch>
CudaStatus with_type(DType type, std::int64_t head_dim, Launch launch) {
  if (type == DType::kBF16 && head_dim == 64) return launch(__nv_bfloat16(), HeadDim<64>());
  if (type == DType::kBF16 && head_dim == 128) return launch(__nv_bfloat16(), HeadDim<128>());
  if (type == DType::kF16 && head_dim == 64) return launch(__half(), HeadDim<64>());
  if (type == DType::kF16 && head_dim == 128) return launch(__half(), HeadDim<128>());
  return cudaErrorNotSupported;
}

}  // namespace assay::kernels::attention
