// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reading weights and activations: eight at a time as one or two 16-byte loads, or one by one, always giving
// f32. Not supported: addresses that are no multiple of the element's size.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

#include "kernels/gemv/gemv_variants.h"

namespace assay::kernels::gemv {

// Two weights of a 32-bit word, the lower address first.
__device__ inline float2 two_floats(std::uint32_t bits, __nv_bfloat16) {
  return make_float2(__uint_as_float(bits << 16), __uint_as_float(bits & 0xFFFF0000u));
}
__device__ inline float2 two_floats(std::uint32_t bits, __half) {
  return __half22float2(__halves2half2(__ushort_as_half(static_cast<unsigned short>(bits)),
                                       __ushort_as_half(static_cast<unsigned short>(bits >> 16))));
}

__device__ inline float one_float(__nv_bfloat16 value) { return __bfloat162float(value); }
__device__ inline float one_float(__half value) { return __half2float(value); }
__device__ inline float one_float(float value) { return value; }

// Weights are read once: they need not push x out of L1.
__device__ inline uint4 load_weights(const void* at) {
  uint4 v;
  asm("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
      : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
      : "l"(at));
  return v;
}

struct EightFloats {
  float v[8];
};
__device__ inline EightFloats load_eight(const float* x) {
  const float4 a = __ldg(reinterpret_cast<const float4*>(x));
  const float4 b = __ldg(reinterpret_cast<const float4*>(x) + 1);
  return {{a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w}};
}
__device__ inline EightFloats load_eight(const __nv_bfloat16* x) {
  const uint4 bits = __ldg(reinterpret_cast<const uint4*>(x));
  const float2 a = two_floats(bits.x, __nv_bfloat16()), b = two_floats(bits.y, __nv_bfloat16());
  const float2 c = two_floats(bits.z, __nv_bfloat16()), d = two_floats(bits.w, __nv_bfloat16());
  return {{a.x, a.y, b.x, b.y, c.x, c.y, d.x, d.y}};
}

template <typename W>
__device__ inline float dot_eight(const uint4& bits, const EightFloats& x, float sum) {
  const float2 a = two_floats(bits.x, W()), b = two_floats(bits.y, W());
  const float2 c = two_floats(bits.z, W()), d = two_floats(bits.w, W());
  sum = fmaf(a.x, x.v[0], sum);
  sum = fmaf(a.y, x.v[1], sum);
  sum = fmaf(b.x, x.v[2], sum);
  sum = fmaf(b.y, x.v[3], sum);
  sum = fmaf(c.x, x.v[4], sum);
  sum = fmaf(c.y, x.v[5], sum);
  sum = fmaf(d.x, x.v[6], sum);
  return fmaf(d.y, x.v[7], sum);
}

// The sum over the warp, in every lane.
__device__ inline float warp_sum(float value) {
#pragma unroll
  for (int step = 16; step > 0; step /= 2) value += __shfl_xor_sync(0xFFFFFFFFu, value, step);
  return value;
}

inline bool is_aligned(const void* p) { return reinterpret_cast<std::uintptr_t>(p) % 16 == 0; }
inline bool allows_vectors(const GemvArgs& args) {
  return args.cols % 8 == 0 && is_aligned(args.weights) && is_aligned(args.x);
}

// Calls launch(W(), X()) with the types of the arguments; what a launcher does first.
template <typename Launch>
CudaStatus with_types(const GemvArgs& args, Launch launch) {
  if (args.rows < 0 || args.cols < 0) return cudaErrorInvalidValue;
  if (args.rows == 0) return cudaSuccess;
  if (args.weight_type == DType::kBF16 && args.x_type == DType::kF32) return launch(__nv_bfloat16(), float());
  if (args.weight_type == DType::kBF16 && args.x_type == DType::kBF16)
    return launch(__nv_bfloat16(), __nv_bfloat16());
  if (args.weight_type == DType::kF16 && args.x_type == DType::kF32) return launch(__half(), float());
  if (args.weight_type == DType::kF16 && args.x_type == DType::kBF16)
    return launch(__half(), __nv_bfloat16());
  return cudaErrorNotSupported;
}

// Blocks for so many rows, or 0 if a grid cannot have so many.
inline unsigned blocks_for(std::int64_t rows, std::int64_t rows_per_block) {
  const std::int64_t blocks = (rows + rows_per_block - 1) / rows_per_block;
  return blocks > 0x7FFFFFFF ? 0 : static_cast<unsigned>(blocks);
}

}  // namespace assay::kernels::gemv
