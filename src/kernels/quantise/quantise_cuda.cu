// SPDX-License-Identifier: Apache-2.0
// Eight lanes a block of 32, four values each: scales by three shuffles, codes put together by pairs of lanes
// in shared memory, tiles of blocks to global memory in whole vectors. Compiled with -fmad=false: the
// definition rounds products and sums one by one.
#include <cuda_fp16.h>

#include <algorithm>
#include <array>

#include "kernels/quantise/quantise.h"
#include "kernels/quantise/tile_bytes.cuh"
#include "values/block_layout.h"

namespace assay::kernels {
namespace quantise {
namespace {

constexpr unsigned kAll = 0xFFFFFFFFu;
constexpr int kRounds = kTileValues / (4 * kThreads);
constexpr int kTileBlocks = kTileValues / 32;

// The greatest of the eight lanes of a block, in all of them.
__device__ float greatest_of_block(float value) {
#pragma unroll
  for (int step = 1; step < 8; step *= 2) value = fmaxf(value, __shfl_xor_sync(kAll, value, step));
  return value;
}

// The first of the block's 32 values for which `found` holds; 0 if there is none.
template <typename Found>
__device__ float first_of_block(const float4& v, Found found) {
  const bool here = found(v.x) || found(v.y) || found(v.z) || found(v.w);
  const float mine = found(v.x) ? v.x : found(v.y) ? v.y : found(v.z) ? v.z : v.w;
  const unsigned first_lane = threadIdx.x % 32 / 8 * 8;
  const unsigned lanes = __ballot_sync(kAll, here) >> first_lane & 0xFFu;
  const float value = __shfl_sync(kAll, mine, first_lane + (lanes != 0 ? __ffs(lanes) - 1 : 0));
  return lanes != 0 ? value : 0.0f;
}

// The value of the greatest magnitude, with its sign; the first of equals; 0 if all are.
__device__ float extreme_of_block(const float4& v) {
  const float magnitude =
      greatest_of_block(fmaxf(fmaxf(fabsf(v.x), fabsf(v.y)), fmaxf(fabsf(v.z), fabsf(v.w))));
  return first_of_block(v, [=](float x) { return fabsf(x) == magnitude && magnitude > 0.0f; });
}

__device__ std::uint16_t half_bits(float value) { return __half_as_ushort(__float2half_rn(value)); }

// Four codes, a byte each.
template <typename Round>
__device__ std::uint32_t pack(const float4& v, Round round) {
  const auto byte = [&](float x) { return static_cast<std::uint32_t>(round(x)) & 0xFFu; };
  return byte(v.x) | byte(v.y) << 8 | byte(v.z) << 16 | byte(v.w) << 24;
}

// Lane l of eight has values 4 l to 4 l + 3 of the block at `to`.
template <typename Block>
__device__ void encode(const float4& v, unsigned l, std::uint8_t* to) {
  auto* halves = reinterpret_cast<std::uint16_t*>(to);
  if constexpr (sizeof(Block) == sizeof(values::BlockQ8_0)) {
    const float d = __fdiv_rn(fabsf(extreme_of_block(v)), 127.0f);
    const float inverse = d != 0.0f ? __fdiv_rn(1.0f, d) : 0.0f;
    const std::uint32_t codes = pack(
        v, [=](float x) { return static_cast<int>(roundf(fminf(fmaxf(x * inverse, -127.0f), 127.0f))); });
    if (l == 0) halves[0] = half_bits(d);
    store_word(to + 2 + 4 * l, codes);
  } else {
    constexpr int kLevels = values::BlockWithHighBits<Block> ? 32 : 16;
    constexpr int kScales = values::BlockWithMinimum<Block> ? 4 : 2;  // bytes
    float zero = 0.0f, d, shift = 0.5f;
    if constexpr (values::BlockWithMinimum<Block>) {
      const float least = -greatest_of_block(-fminf(fminf(v.x, v.y), fminf(v.z, v.w)));
      float greatest = greatest_of_block(fmaxf(fmaxf(v.x, v.y), fmaxf(v.z, v.w)));
      zero = first_of_block(v, [=](float x) { return x == least; });  // 0 or -0: the first decides
      if (greatest == zero) greatest = zero;
      d = __fdiv_rn(greatest - zero, static_cast<float>(kLevels - 1));
    } else {
      d = __fdiv_rn(extreme_of_block(v), static_cast<float>(-kLevels / 2));
      shift = kLevels / 2 + 0.5f;
    }
    const float inverse = d != 0.0f ? __fdiv_rn(1.0f, d) : 0.0f;
    const std::uint32_t codes = pack(v, [=](float x) {
      return static_cast<int>(fminf(fmaxf((x - zero) * inverse + shift, 0.0f), kLevels - 1.0f));
    });
    // Codes j and j + 16 share a byte: those of lanes l and l + 4.
    const std::uint32_t low = codes & 0x0F0F0F0Fu;
    const std::uint32_t other = __shfl_xor_sync(kAll, low, 4);
    if constexpr (values::BlockWithHighBits<Block>) {
      const std::uint32_t fifth = codes >> 4 & 0x01010101u;
      std::uint32_t high = (fifth | fifth >> 7 | fifth >> 14 | fifth >> 21) & 0xFu;
      high <<= 4 * l;
#pragma unroll
      for (int step = 1; step < 8; step *= 2) high |= __shfl_xor_sync(kAll, high, step);
      if (l == 4) store_word(to + kScales, high);
    }
    if (l < 4) store_word(to + sizeof(Block) - 16 + 4 * l, low | other << 4);
    if (l == 5) halves[0] = half_bits(d);
    if constexpr (values::BlockWithMinimum<Block>) {
      if (l == 6) halves[1] = half_bits(zero);
    }
  }
}

template <typename Block>
__global__ void __launch_bounds__(kThreads) quantise_tile(const float* x, long long n, std::uint8_t* y) {
  __shared__ alignas(16) std::uint8_t tile[kTileBlocks * sizeof(Block)];
  const long long first = static_cast<long long>(blockIdx.x) * kTileValues;
  const long long left = n - first;
  const float* from = x + first;

  // Loads: all in flight at once. What lies beyond the end counts as zeros and is not stored.
  float4 v[kRounds];
  const bool aligned = is_aligned(from);
#pragma unroll
  for (int r = 0; r < kRounds; ++r) {
    const int at = 4 * (r * kThreads + threadIdx.x);
    v[r] = {};
    if (at >= left) continue;
    if (aligned)
      v[r] = __ldg(reinterpret_cast<const float4*>(from + at));
    else
      v[r] = {from[at], from[at + 1], from[at + 2], from[at + 3]};
  }

  // Codes, into shared memory.
#pragma unroll
  for (int r = 0; r < kRounds; ++r) {
    const int lane = r * kThreads + threadIdx.x;
    encode<Block>(v[r], lane % 8, tile + lane / 8 * sizeof(Block));
  }
  __syncthreads();
  const int blocks = static_cast<int>(left < kTileValues ? left / 32 : kTileBlocks);
  std::uint8_t* to = y + first / 32 * static_cast<long long>(sizeof(Block));
  copy_tile(to, tile, blocks * static_cast<int>(sizeof(Block)), is_aligned(to));
}

template <typename Block>
CudaStatus launch(const QuantiseArgs& a, CudaStream stream) {
  const std::int64_t tiles = (a.n + kTileValues - 1) / kTileValues;
  if (tiles > 0x7FFFFFFF) return cudaErrorInvalidValue;
  quantise_tile<Block><<<static_cast<unsigned>(tiles), kThreads, 0, stream>>>(a.x, a.n, a.y);
  return cudaGetLastError();
}

CudaStatus quantise_lanes_of_8(const QuantiseArgs& args, CudaStream stream) {
  if (args.n < 0 || args.n % 32 != 0) return cudaErrorInvalidValue;
  if (args.n == 0) return cudaSuccess;
  switch (args.type) {
    case DType::kQ4_0:
      return launch<values::BlockQ4_0>(args, stream);
    case DType::kQ4_1:
      return launch<values::BlockQ4_1>(args, stream);
    case DType::kQ5_0:
      return launch<values::BlockQ5_0>(args, stream);
    case DType::kQ5_1:
      return launch<values::BlockQ5_1>(args, stream);
    case DType::kQ8_0:
      return launch<values::BlockQ8_0>(args, stream);
    default:
      return cudaErrorNotSupported;
  }
}

}  // namespace
}  // namespace quantise

std::span<const CudaVariant<QuantiseCuda>> quantise_cuda_variants() {
  static constexpr std::array<CudaVariant<QuantiseCuda>, 1> kVariants{{
      {"quantise/cuda.lanes_of_8", CudaCode::kSm80, quantise::quantise_lanes_of_8, ""},
  }};
  return kVariants;
}

}  // namespace assay::kernels
