// SPDX-License-Identifier: Apache-2.0
// Rung 3: tensor cores through the warp-matrix functions of C++ (nvcuda::wmma): 8 warps, two by four, make
// 128 x 128 outputs in fragments of 16 x 16. The tiles lie in shared memory as they were stored, padded by 16
// bytes a row; loads, barrier, products, barrier: nothing overlaps inside a block.
#include <mma.h>

#include "kernels/hgemm/half_values.cuh"

namespace assay::kernels {
namespace {

using namespace hgemm;
namespace wmma = nvcuda::wmma;

constexpr int kTile = 128, kDepth = 32, kThreads = 256, kPad = 8;
constexpr int kWarpRows = 64, kWarpCols = 32;  // of one warp: 4 x 2 fragments

// kRows x kCols of the stored matrix from (row0, col0) on, zeros outside.
template <int kRows, int kCols, typename T>
__device__ void fetch(T* tile, const T* stored, std::int64_t rows, std::int64_t cols, std::int64_t row0,
                      std::int64_t col0, bool vector) {
#pragma unroll
  for (int group = static_cast<int>(threadIdx.x); group < kRows * kCols / 8; group += kThreads) {
    const int row = group / (kCols / 8), col = group % (kCols / 8) * 8;
    const bool inside = row0 + row < rows && col0 + col < cols;
    const uint4 bits =
        inside ? load8(stored + (row0 + row) * cols + col0 + col, cols - col0 - col, vector) : uint4{};
    *reinterpret_cast<uint4*>(tile + row * (kCols + kPad) + col) = bits;
  }
}

template <typename T, bool kATransposed, bool kBTransposed>
__global__ void __launch_bounds__(kThreads)
    wmma_tile(const T* a, const T* b, const T* c, T* d, std::int64_t m, std::int64_t n, std::int64_t k,
              float alpha, float beta, bool vector) {
  using OrderA = std::conditional_t<kATransposed, wmma::col_major, wmma::row_major>;
  using OrderB = std::conditional_t<kBTransposed, wmma::col_major, wmma::row_major>;
  constexpr int kColsA = kATransposed ? kTile : kDepth, kColsB = kBTransposed ? kDepth : kTile;
  constexpr int kStrideA = kColsA + kPad, kStrideB = kColsB + kPad;
  __shared__ alignas(32) T tile_a[kTile * kDepth / kColsA * kStrideA];
  __shared__ alignas(32) T tile_b[kTile * kDepth / kColsB * kStrideB];
  __shared__ alignas(32) float one[kThreads / 32][16 * 16];

  const std::int64_t row0 = blockIdx.y * std::int64_t{kTile}, col0 = blockIdx.x * std::int64_t{kTile};
  const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
  const int warp_row = warp / 4 * kWarpRows, warp_col = warp % 4 * kWarpCols;
  wmma::fragment<wmma::accumulator, 16, 16, 16, float> sums[4][2];
  for (auto& row : sums)
    for (auto& sum : row) wmma::fill_fragment(sum, 0.0f);

  for (std::int64_t k0 = 0; k0 < k; k0 += kDepth) {
    if constexpr (kATransposed)
      fetch<kDepth, kTile>(tile_a, a, k, m, k0, row0, vector);
    else
      fetch<kTile, kDepth>(tile_a, a, m, k, row0, k0, vector);
    if constexpr (kBTransposed)
      fetch<kTile, kDepth>(tile_b, b, n, k, col0, k0, vector);
    else
      fetch<kDepth, kTile>(tile_b, b, k, n, k0, col0, vector);
    __syncthreads();
#pragma unroll
    for (int depth = 0; depth < kDepth; depth += 16) {
      wmma::fragment<wmma::matrix_a, 16, 16, 16, T, OrderA> left[4];
      wmma::fragment<wmma::matrix_b, 16, 16, 16, T, OrderB> right[2];
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int row = warp_row + 16 * i;
        wmma::load_matrix_sync(
            left[i], tile_a + (kATransposed ? depth * kStrideA + row : row * kStrideA + depth), kStrideA);
      }
#pragma unroll
      for (int j = 0; j < 2; ++j) {
        const int col = warp_col + 16 * j;
        wmma::load_matrix_sync(
            right[j], tile_b + (kBTransposed ? col * kStrideB + depth : depth * kStrideB + col), kStrideB);
      }
#pragma unroll
      for (int i = 0; i < 4; ++i)
#pragma unroll
        for (int j = 0; j < 2; ++j) wmma::mma_sync(sums[i][j], left[i], right[j], sums[i][j]);
    }
    __syncthreads();
  }

  // Which lane holds which element of a fragment is nobody's business: through shared memory, one at a time.
#pragma unroll
  for (int i = 0; i < 4; ++i) {
#pragma unroll
    for (int j = 0; j < 2; ++j) {
      wmma::store_matrix_sync(one[warp], sums[i][j], 16, wmma::mem_row_major);
      __syncwarp();
      for (int element = lane; element < 256; element += 32) {
        const std::int64_t row = row0 + warp_row + 16 * i + element / 16;
        const std::int64_t col = col0 + warp_col + 16 * j + element % 16;
        if (row < m && col < n) d[row * n + col] = scaled(one[warp][element], alpha, beta, c, row * n + col);
      }
      __syncwarp();
    }
  }
}

}  // namespace

CudaStatus hgemm_wmma(const HgemmArgs& args, CudaStream stream) {
  const std::int64_t x = blocks_of(args.n, kTile), y = blocks_of(args.m, kTile);
  if (x == 0 || y == 0) return cudaSuccess;
  if (!fits_grid(x, y)) return cudaErrorInvalidValue;
  return with_type_and_layout(args, [&]<typename T, bool kA, bool kB>() -> CudaStatus {
    wmma_tile<T, kA, kB><<<dim3(static_cast<unsigned>(x), static_cast<unsigned>(y)), kThreads, 0, stream>>>(
        static_cast<const T*>(args.a), static_cast<const T*>(args.b), static_cast<const T*>(args.c),
        static_cast<T*>(args.d), args.m, args.n, args.k, args.alpha, args.beta, has_vector_rows(args));
    return cudaGetLastError();
  });
}

}  // namespace assay::kernels
