// SPDX-License-Identifier: Apache-2.0
// A tile of blocks goes to shared memory in whole vectors; each thread decodes eight neighbouring values,
// which always have the same scale, and stores them as one or two vectors. Compiled with -fmad=false: the
// definition rounds products and sums one by one.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <array>
#include <type_traits>

#include "kernels/quantise/quantise.h"
#include "kernels/quantise/tile_bytes.cuh"
#include "values/block_layout.h"

namespace assay::kernels {
namespace quantise {
namespace {

using values::BlockQ4_0;
using values::BlockQ4_1;
using values::BlockQ4_K;
using values::BlockQ5_0;
using values::BlockQ5_1;
using values::BlockQ5_K;
using values::BlockQ6_K;
using values::BlockQ8_0;

__device__ float half_at(const std::uint8_t* at) {
  return __half2float(__ushort_as_half(*reinterpret_cast<const std::uint16_t*>(at)));
}

struct Eight {
  std::uint32_t low, high;  // eight bytes
  __device__ int operator[](int i) const {
    return static_cast<int>((i < 4 ? low : high) >> (8 * (i % 4)) & 0xFFu);
  }
};
__device__ Eight eight_at(const std::uint8_t* at) { return {load_word(at), load_word(at + 4)}; }

// Values `at` to at + 7 of a block.
template <typename Block>
__device__ void decode(const std::uint8_t* block, int at, float (&out)[8]) {
  if constexpr (std::is_same_v<Block, BlockQ8_0>) {
    const float d = half_at(block);
    const Eight codes = eight_at(block + 2 + at);
#pragma unroll
    for (int i = 0; i < 8; ++i) out[i] = static_cast<float>(static_cast<signed char>(codes[i])) * d;
  } else if constexpr (std::is_same_v<Block, BlockQ6_K>) {
    const int h = at / 128, q = at / 32 % 4, l = at % 32;
    const Eight codes = eight_at(block + 64 * h + 32 * (q % 2) + l),
                high = eight_at(block + 128 + 32 * h + l);
    const float d = half_at(block + 208) * static_cast<float>(static_cast<signed char>(block[192 + at / 16]));
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const int code = (codes[i] >> (4 * (q / 2)) & 15) | (high[i] >> (2 * q) & 3) << 4;
      out[i] = d * static_cast<float>(code - 32);
    }
  } else if constexpr (sizeof(Block) > 32) {  // Q4_K, Q5_K
    constexpr bool kHasHigh = values::BlockWithHighBits<Block>;
    const int g = at / 32, l = at % 32;
    const std::uint8_t* scales = block + 4;
    const int s = g < 4 ? scales[g] & 63 : (scales[g + 4] & 15) | (scales[g - 4] >> 6 << 4);
    const int m = g < 4 ? scales[g + 4] & 63 : (scales[g + 4] >> 4) | (scales[g] >> 6 << 4);
    const float scale = half_at(block) * static_cast<float>(s);
    const float minimum = half_at(block + 2) * static_cast<float>(m);
    const Eight codes = eight_at(block + sizeof(Block) - 128 + 32 * (g / 2) + l);
    Eight high{};
    if constexpr (kHasHigh) high = eight_at(block + 16 + l);
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      int code = codes[i] >> (4 * (g % 2)) & 15;
      if constexpr (kHasHigh) code |= (high[i] >> g & 1) << 4;
      out[i] = scale * static_cast<float>(code) - minimum;
    }
  } else {  // Q4_0, Q4_1, Q5_0, Q5_1
    constexpr bool kHasHigh = values::BlockWithHighBits<Block>, kHasMinimum = values::BlockWithMinimum<Block>;
    const float d = half_at(block);
    const Eight codes = eight_at(block + sizeof(Block) - 16 + at % 16);
    std::uint32_t high = 0;
    if constexpr (kHasHigh) high = load_word(block + (kHasMinimum ? 4 : 2)) >> at;
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      int code = codes[i] >> (at < 16 ? 0 : 4) & 15;
      if constexpr (kHasHigh) code |= static_cast<int>(high >> i & 1u) << 4;
      if constexpr (kHasMinimum)
        out[i] = static_cast<float>(code) * d + half_at(block + 2);
      else
        out[i] = static_cast<float>(code - (kHasHigh ? 16 : 8)) * d;
    }
  }
}

__device__ void store_eight(float* to, const float (&v)[8], bool aligned) {
  if (aligned) {
    reinterpret_cast<float4*>(to)[0] = {v[0], v[1], v[2], v[3]};
    reinterpret_cast<float4*>(to)[1] = {v[4], v[5], v[6], v[7]};
  } else {
    for (int i = 0; i < 8; ++i) to[i] = v[i];
  }
}
template <typename T>
__device__ void store_eight(T* to, const float (&v)[8], bool aligned) {
  alignas(16) T rounded[8];
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    if constexpr (std::is_same_v<T, __half>)
      rounded[i] = __float2half_rn(v[i]);
    else
      rounded[i] = __float2bfloat16_rn(v[i]);
  }
  if (aligned) {
    *reinterpret_cast<uint4*>(to) = *reinterpret_cast<const uint4*>(rounded);
  } else {
#pragma unroll
    for (int i = 0; i < 8; ++i) to[i] = rounded[i];
  }
}

template <typename Block, typename T>
__global__ void __launch_bounds__(kThreads) dequantise_tile(const std::uint8_t* x, long long n, T* y) {
  constexpr int kValues = sizeof(Block) > 64 ? 256 : 32;
  constexpr int kBytes = static_cast<int>(sizeof(Block));
  __shared__ alignas(16) std::uint8_t tile[kTileValues / kValues * kBytes];
  const long long first = static_cast<long long>(blockIdx.x) * kTileValues;
  const int count = static_cast<int>(n - first < kTileValues ? n - first : kTileValues);
  const std::uint8_t* from = x + first / kValues * kBytes;
  copy_tile(tile, from, count / kValues * kBytes, is_aligned(from));
  __syncthreads();
  T* to = y + first;
  const bool aligned = is_aligned(to);
#pragma unroll
  for (int r = 0; r < kTileValues / (8 * kThreads); ++r) {
    const int at = 8 * (r * kThreads + static_cast<int>(threadIdx.x));
    if (at >= count) continue;
    float out[8];
    decode<Block>(tile + at / kValues * kBytes, at % kValues, out);
    store_eight(to + at, out, aligned);
  }
}

template <typename Block>
CudaStatus launch(const DequantiseArgs& a, CudaStream stream) {
  constexpr int kValues = sizeof(Block) > 64 ? 256 : 32;
  if (a.n < 0 || a.n % kValues != 0) return cudaErrorInvalidValue;
  const std::int64_t tiles = (a.n + kTileValues - 1) / kTileValues;
  if (tiles > 0x7FFFFFFF) return cudaErrorInvalidValue;
  if (tiles == 0) return cudaSuccess;
  const auto grid = static_cast<unsigned>(tiles);
  switch (a.to) {
    case DType::kF16:
      dequantise_tile<Block><<<grid, kThreads, 0, stream>>>(a.x, a.n, static_cast<__half*>(a.y));
      break;
    case DType::kBF16:
      dequantise_tile<Block><<<grid, kThreads, 0, stream>>>(a.x, a.n, static_cast<__nv_bfloat16*>(a.y));
      break;
    case DType::kF32:
      dequantise_tile<Block><<<grid, kThreads, 0, stream>>>(a.x, a.n, static_cast<float*>(a.y));
      break;
    default:
      return cudaErrorNotSupported;
  }
  return cudaGetLastError();
}

CudaStatus dequantise_shared_tile(const DequantiseArgs& args, CudaStream stream) {
  switch (args.from) {
    case DType::kQ4_0:
      return launch<BlockQ4_0>(args, stream);
    case DType::kQ4_1:
      return launch<BlockQ4_1>(args, stream);
    case DType::kQ5_0:
      return launch<BlockQ5_0>(args, stream);
    case DType::kQ5_1:
      return launch<BlockQ5_1>(args, stream);
    case DType::kQ8_0:
      return launch<BlockQ8_0>(args, stream);
    case DType::kQ4_K:
      return launch<BlockQ4_K>(args, stream);
    case DType::kQ5_K:
      return launch<BlockQ5_K>(args, stream);
    case DType::kQ6_K:
      return launch<BlockQ6_K>(args, stream);
    default:
      return cudaErrorNotSupported;
  }
}

}  // namespace
}  // namespace quantise

std::span<const CudaVariant<DequantiseCuda>> dequantise_cuda_variants() {
  static constexpr std::array<CudaVariant<DequantiseCuda>, 1> kVariants{{
      {"dequantise/cuda.shared_tile", CudaCode::kSm80, quantise::dequantise_shared_tile, ""},
  }};
  return kVariants;
}

}  // namespace assay::kernels
