// SPDX-License-Identifier: Apache-2.0
// Rung 2: 256 threads make 128 x 128 outputs, 8 x 8 a thread: sixteen reads of shared memory feed 64
// multiply-adds. Values are turned into floats once, on their way into shared memory, where both tiles lie
// with k first, so that a thread reads its eight of A and its eight of B as two vectors each. The last rung
// without tensor cores: the limit is the float units.
#include "kernels/hgemm/half_values.cuh"

namespace assay::kernels {
namespace {

using namespace hgemm;

constexpr int kTile = 128, kDepth = 16, kThreads = 256;

// tile[k][i] = element i of the tile at depth k. The stored matrix has k along its rows (kDeep: rows are i)
// or along its columns. 128 x 16 values are 256 groups of eight, one for each thread.
template <bool kDeep, typename T>
__device__ void fetch(float (&tile)[kDepth][kTile + 4], const T* stored, std::int64_t count, std::int64_t k,
                      std::int64_t i0, std::int64_t k0, bool vector) {
  const int thread = static_cast<int>(threadIdx.x);
  const int i = kDeep ? thread % kTile : thread % (kTile / 8) * 8;
  const int depth = kDeep ? thread / kTile * 8 : thread / (kTile / 8);
  const bool inside = i0 + i < count && k0 + depth < k;
  const std::int64_t left = kDeep ? k - k0 - depth : count - i0 - i;
  const std::int64_t at = kDeep ? (i0 + i) * k + k0 + depth : (k0 + depth) * count + i0 + i;
  const uint4 bits = inside ? load8(stored + at, left, vector) : uint4{};
  const T* values = reinterpret_cast<const T*>(&bits);
#pragma unroll
  for (int j = 0; j < 8; ++j) {
    if constexpr (kDeep)
      tile[depth + j][i] = to_float(values[j]);
    else
      tile[depth][i + j] = to_float(values[j]);
  }
}

template <typename T, bool kATransposed, bool kBTransposed>
__global__ void __launch_bounds__(kThreads)
    register_tile(const T* a, const T* b, const T* c, T* d, std::int64_t m, std::int64_t n, std::int64_t k,
                  float alpha, float beta, bool vector, bool pairs) {
  __shared__ alignas(16) float tile_a[kDepth][kTile + 4], tile_b[kDepth][kTile + 4];
  const std::int64_t row0 = blockIdx.y * std::int64_t{kTile}, col0 = blockIdx.x * std::int64_t{kTile};
  // A thread's rows are y..y+3 and 64+y..64+y+3: vectors of four that neighbours read without conflicts.
  const int y = static_cast<int>(threadIdx.x) / 16 * 4, x = static_cast<int>(threadIdx.x) % 16 * 4;
  float sums[8][8] = {};
  for (std::int64_t k0 = 0; k0 < k; k0 += kDepth) {
    fetch<!kATransposed>(tile_a, a, m, k, row0, k0, vector);
    fetch<kBTransposed>(tile_b, b, n, k, col0, k0, vector);
    __syncthreads();
#pragma unroll
    for (int i = 0; i < kDepth; ++i) {
      float left[8], right[8];
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        *reinterpret_cast<float4*>(left + 4 * half) =
            *reinterpret_cast<const float4*>(&tile_a[i][64 * half + y]);
        *reinterpret_cast<float4*>(right + 4 * half) =
            *reinterpret_cast<const float4*>(&tile_b[i][64 * half + x]);
      }
#pragma unroll
      for (int r = 0; r < 8; ++r)
#pragma unroll
        for (int s = 0; s < 8; ++s) sums[r][s] = fmaf(left[r], right[s], sums[r][s]);
    }
    __syncthreads();
  }
#pragma unroll
  for (int r = 0; r < 8; ++r) {
    const std::int64_t row = row0 + r / 4 * 64 + y + r % 4;
    if (row >= m) continue;
#pragma unroll
    for (int s = 0; s < 8; s += 2) {
      const std::int64_t col = col0 + s / 4 * 64 + x + s % 4;
      store_pair(sums[r][s], sums[r][s + 1], alpha, beta, c, d, row * n + col, n - col, pairs);
    }
  }
}

}  // namespace

CudaStatus hgemm_register_tile(const HgemmArgs& args, CudaStream stream) {
  const std::int64_t x = blocks_of(args.n, kTile), y = blocks_of(args.m, kTile);
  if (x == 0 || y == 0) return cudaSuccess;
  if (!fits_grid(x, y)) return cudaErrorInvalidValue;
  return with_type_and_layout(args, [&]<typename T, bool kA, bool kB>() -> CudaStatus {
    register_tile<T, kA, kB>
        <<<dim3(static_cast<unsigned>(x), static_cast<unsigned>(y)), kThreads, 0, stream>>>(
            static_cast<const T*>(args.a), static_cast<const T*>(args.b), static_cast<const T*>(args.c),
            static_cast<T*>(args.d), args.m, args.n, args.k, args.alpha, args.beta, has_vector_rows(args),
            has_pairs(args));
    return cudaGetLastError();
  });
}

}  // namespace assay::kernels
