// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the kernels that read a row (or a long line of elements) once and write it once have in common:
// 16-byte slots of f32, f16 or bf16, arithmetic in float, and sums over the threads of a row in a fixed
// order, so that two runs give the same bits. Not supported: other types, lines of 2^30 elements and more in
// one thread group.
//
// A line is cut at addresses that are multiples of 16 bytes: slot i holds the elements [i N, i N + N) counted
// from the 16-byte boundary at or before its first element. A slot that the line fills is one load; the first
// and the last one may be partly outside and go element by element, as does every slot of a line whose other
// buffers are cut differently. So odd widths and odd addresses take the same path as all others.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstdint>
#include <type_traits>

#include "assay/dtype.h"
#include "kernels/cuda_variant.h"

namespace assay::kernels::rows {

template <class T>
inline constexpr int kPerSlot = 16 / static_cast<int>(sizeof(T));

// How long the caches should keep a line: as they like, or as the first to be evicted (.cs: read or written
// once).
enum class Keep : std::uint8_t { kCached, kStreamed };

template <Keep kKeep>
__device__ __forceinline__ uint4 load_16(const void* from) {
  if constexpr (kKeep == Keep::kCached)
    return *static_cast<const uint4*>(from);
  else
    return __ldcs(static_cast<const uint4*>(from));
}

template <Keep kKeep>
__device__ __forceinline__ void store_16(void* to, uint4 bits) {
  if constexpr (kKeep == Keep::kCached)
    __stwb(static_cast<uint4*>(to), bits);  // a plain assignment becomes four stores of 4 bytes
  else
    __stcs(static_cast<uint4*>(to), bits);
}

__device__ __forceinline__ float to_float(float value) { return value; }
__device__ __forceinline__ float to_float(__half value) { return __half2float(value); }
__device__ __forceinline__ float to_float(__nv_bfloat16 value) { return __bfloat162float(value); }
__device__ __forceinline__ void from_float(float value, float& to) { to = value; }
__device__ __forceinline__ void from_float(float value, __half& to) { to = __float2half_rn(value); }
__device__ __forceinline__ void from_float(float value, __nv_bfloat16& to) {
  to = __float2bfloat16_rn(value);
}

// Element j of a slot stands in bits [32 j / per_word ...] of its four words, lowest first.
template <class T>
__device__ __forceinline__ void unpack(uint4 bits, float (&values)[kPerSlot<T>]) {
  const std::uint32_t words[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if constexpr (std::is_same_v<T, float>) {
      values[i] = __uint_as_float(words[i]);
    } else if constexpr (std::is_same_v<T, __half>) {
      const float2 two = __half22float2(*reinterpret_cast<const __half2*>(&words[i]));
      values[2 * i] = two.x;
      values[2 * i + 1] = two.y;
    } else {
      values[2 * i] = __uint_as_float(words[i] << 16);
      values[2 * i + 1] = __uint_as_float(words[i] & 0xffff0000u);
    }
  }
}

// Makes the compiler forget what it knows of the bits, so that it unpacks them again instead of keeping twice
// as many registers of unpacked values alive.
__device__ __forceinline__ void forget_unpacked(uint4& bits) {
  asm("" : "+r"(bits.x), "+r"(bits.y), "+r"(bits.z), "+r"(bits.w));
}

template <class T>
__device__ __forceinline__ uint4 pack(const float (&values)[kPerSlot<T>]) {
  std::uint32_t words[4];
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if constexpr (std::is_same_v<T, float>) {
      words[i] = __float_as_uint(values[i]);
    } else if constexpr (std::is_same_v<T, __half>) {
      const __half2 two = __floats2half2_rn(values[2 * i], values[2 * i + 1]);
      words[i] = *reinterpret_cast<const std::uint32_t*>(&two);
    } else {
      const __nv_bfloat162 two = __floats2bfloat162_rn(values[2 * i], values[2 * i + 1]);
      words[i] = *reinterpret_cast<const std::uint32_t*>(&two);
    }
  }
  return make_uint4(words[0], words[1], words[2], words[3]);
}

// The part of a run of slots that belongs to the line: elements [begin, end) counted from the boundary.
struct Extent {
  int begin = 0;
  int end = 0;
  __device__ __forceinline__ bool fills(int first, int per_slot) const {
    return first >= begin && first + per_slot <= end;
  }
  __device__ __forceinline__ bool has(int element) const { return element >= begin && element < end; }
};

// A word of elements to put in the place of those outside a line.
inline constexpr std::uint32_t kZeros = 0;
template <class T>
inline constexpr std::uint32_t kMinusInfinities = std::is_same_v<T, float>    ? 0xff800000u
                                                  : std::is_same_v<T, __half> ? 0xfc00fc00u
                                                                              : 0xff80ff80u;

// `line` points to the boundary; elements outside the extent are never touched and read as those of
// `outside`.
template <class T, Keep kKeep>
__device__ __forceinline__ uint4 load_slot(const T* line, int first, Extent extent, bool is_aligned,
                                           std::uint32_t outside = kZeros) {
  if (is_aligned && extent.fills(first, kPerSlot<T>)) return load_16<kKeep>(line + first);
  std::uint32_t words[4] = {outside, outside, outside, outside};
#pragma unroll
  for (int j = 0; j < kPerSlot<T>; ++j) {
    if (!extent.has(first + j)) continue;
    if constexpr (sizeof(T) == 4) {
      words[j] = *reinterpret_cast<const std::uint32_t*>(line + first + j);
    } else {
      const std::uint32_t bits = *reinterpret_cast<const std::uint16_t*>(line + first + j);
      words[j / 2] = j % 2 == 0 ? (words[j / 2] & 0xffff0000u) | bits : (words[j / 2] & 0xffffu) | bits << 16;
    }
  }
  return make_uint4(words[0], words[1], words[2], words[3]);
}

template <class T, Keep kKeep>
__device__ __forceinline__ void store_slot(T* line, int first, Extent extent, bool is_aligned,
                                           const float (&values)[kPerSlot<T>]) {
  if (is_aligned && extent.fills(first, kPerSlot<T>)) {
    store_16<kKeep>(line + first, pack<T>(values));
    return;
  }
#pragma unroll
  for (int j = 0; j < kPerSlot<T>; ++j) {
    if (extent.has(first + j)) from_float(values[j], line[first + j]);
  }
}

__host__ __device__ __forceinline__ bool is_16_aligned(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0;
}
// Elements between the 16-byte boundary at or before `line` and `line`.
template <class T>
__host__ __device__ __forceinline__ int elements_past_boundary(const T* line) {
  return static_cast<int>(reinterpret_cast<std::uintptr_t>(line) % 16 / sizeof(T));
}

// The most slots that a row of a matrix of `width` columns at `data` touches. Only if rows are whole slots do
// all of them begin where the first does.
template <class T>
std::int64_t slots_of_rows(const void* data, std::int64_t width) {
  const int past =
      width % kPerSlot<T> == 0 ? elements_past_boundary(static_cast<const T*>(data)) : kPerSlot<T> - 1;
  return (past + width + kPerSlot<T> - 1) / kPerSlot<T>;
}

struct Add {
  static constexpr float kNeutral = 0.0f;
  __device__ __forceinline__ float operator()(float a, float b) const { return a + b; }
};
struct Max {
  static constexpr float kNeutral = -__builtin_huge_valf();
  __device__ __forceinline__ float operator()(float a, float b) const { return fmaxf(a, b); }
};

// How many sums a thread keeps: more make shorter chains of additions, wide rows have no registers for them.
template <int kSlots>
inline constexpr int kSums = kSlots <= 4 ? 4 : 2;

// Adds the kCount sums of a thread as a tree.
template <int kCount>
__device__ __forceinline__ float tree_sum(float (&sums)[kCount]) {
#pragma unroll
  for (int distance = kCount / 2; distance > 0; distance /= 2) {
#pragma unroll
    for (int j = 0; j < distance; ++j) sums[j] += sums[j + distance];
  }
  return sums[0];
}

template <class Combine>
__device__ __forceinline__ float over_warp(float value, Combine combine) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2)
    value = combine(value, __shfl_xor_sync(0xffffffffu, value, distance));
  return value;
}

// Over the blockDim.x threads of a row; each of them gets the result. A row of one warp needs no memory;
// wider ones own the block. `partials`: 32 floats of shared memory that no other reduction before the next
// __syncthreads() uses.
template <class Combine>
__device__ __forceinline__ float over_row(float value, Combine combine, float* partials) {
  value = over_warp(value, combine);
  if (blockDim.x == 32) return value;
  const int lane = static_cast<int>(threadIdx.x % 32);
  if (lane == 0) partials[threadIdx.x / 32] = value;
  __syncthreads();
  return over_warp(lane < static_cast<int>(blockDim.x / 32) ? partials[lane] : Combine::kNeutral, combine);
}

// How a row is spread: `threads` (a multiple of 32) with `slots` slots each, `rows` rows in a block. slots =
// 0: too wide for the registers of a block.
struct RowPlan {
  unsigned threads = 0;
  unsigned rows = 1;
  int slots = 0;
};

inline constexpr int kMostSlots = 8;
inline constexpr unsigned kMostThreads = 1024;

inline RowPlan plan_row(std::int64_t rows, std::int64_t slots_of_row) {
  const auto threads_for = [&](std::int64_t slots) {
    return static_cast<unsigned>((slots_of_row + 32 * slots - 1) / (32 * slots) * 32);
  };
  if (slots_of_row > kMostSlots * static_cast<std::int64_t>(kMostThreads)) return {};
  // Few rows: what counts is the latency of one, so spread it as widely as a block allows.
  const bool few = rows <= 132;
  for (const int slots : {1, 2, 4}) {
    if (few && threads_for(slots) <= kMostThreads) return {threads_for(slots), 1, slots};
    if (!few && threads_for(slots) == 32) return {32, 4, slots};
  }
  if (threads_for(4) <= kMostThreads) return {threads_for(4), 1, 4};
  return {threads_for(8), 1, 8};
}

// f(T{}) for the element type; not supported: others than f32, f16, bf16.
template <class Function>
CudaStatus with_type(DType type, Function function) {
  switch (type) {
    case DType::kF32:
      return function(float{});
    case DType::kF16:
      return function(__half{});
    case DType::kBF16:
      return function(__nv_bfloat16{});
    default:
      return cudaErrorNotSupported;
  }
}

// f(std::integral_constant<int, slots>) for a plan's slots.
template <class Function>
CudaStatus with_slots(int slots, Function function) {
  switch (slots) {
    case 1:
      return function(std::integral_constant<int, 1>{});
    case 2:
      return function(std::integral_constant<int, 2>{});
    case 4:
      return function(std::integral_constant<int, 4>{});
    case 8:
      return function(std::integral_constant<int, 8>{});
    default:
      return cudaErrorNotSupported;
  }
}

// Rows and elements of a row that one launch can number.
inline bool is_in_range(std::int64_t rows, std::int64_t width) {
  return rows >= 0 && width >= 0 && rows < (std::int64_t{1} << 31) && width < (std::int64_t{1} << 30);
}

}  // namespace assay::kernels::rows
