// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rung 4, the top for Ampere and Ada: 128 x 128 outputs a block, four warps of 64 x 64 each, mma.m16n8k16 fed
// by ldmatrix. A ring of four tiles, 32 deep, is filled by cp.async three tiles ahead of the products. Rows
// in shared memory are not padded: their groups of 16 bytes are permuted (swizzled) so that the eight rows
// that one ldmatrix reads lie in different banks.
#include "kernels/hgemm/half_values.cuh"
#include "kernels/hgemm/tensor_core_sm80.cuh"
#include "kernels/hgemm/tile_order.h"

namespace assay::kernels::hgemm {

constexpr int kTile = 128, kDepth = 32, kThreads = 128, kStages = 4, kWarpTile = 64, kBand = 8;
constexpr int kOperandBytes = kTile * kDepth * 2, kStageBytes = 2 * kOperandBytes;

// The byte of a group of eight values inside an operand's tile. kDeep: rows of the tile are rows or columns
// of the output and hold 32 steps of k (64 bytes); else rows are steps of k and hold 128 values (256 bytes).
template <bool kDeep>
__device__ std::uint32_t swizzled(int row, int group) {
  if constexpr (kDeep)
    return static_cast<std::uint32_t>(row * 64 + ((group ^ (row / 2 % 4)) * 16));
  else
    return static_cast<std::uint32_t>(row * 256 + ((group ^ (row % 8)) * 16));
}

// One operand's side of a stage is 512 groups of eight values, four for each thread: the same group of four
// rows, which lie `kRowStep` apart.
template <bool kDeep, bool kVector, typename T>
class Source {
 public:
  __device__ Source(const T* stored, std::int64_t count, std::int64_t k, std::int64_t i0)
      : cols_(kDeep ? k : count),
        x_((kDeep ? 0 : i0) + 8 * group()),
        rows_left_((kDeep ? count - i0 : k) - row()),
        at_(stored + ((kDeep ? i0 : 0) + row()) * cols_ + x_) {}

  // The tile at `tile` of shared memory, and on to the next one along k.
  __device__ void fetch(std::uint32_t tile) {
#pragma unroll
    for (int i = 0; i < kTile * kDepth / 8 / kThreads; ++i) {
      const bool inside = kRowStep * i < rows_left_ && x_ < cols_;
      const std::uint32_t to = tile + swizzled<kDeep>(row() + kRowStep * i, group());
      const T* from = at_ + kRowStep * i * cols_;
      if constexpr (kVector)
        copy16_async(to, from, inside);
      else
        store16(to, load8(from, inside ? cols_ - x_ : 0, false));
    }
    if constexpr (kDeep)
      x_ += kDepth, at_ += kDepth;
    else
      rows_left_ -= kDepth, at_ += kDepth * cols_;
  }

 private:
  static constexpr int kGroups = kDeep ? kDepth / 8 : kTile / 8, kRowStep = kThreads / kGroups;
  static __device__ int row() { return static_cast<int>(threadIdx.x) / kGroups; }
  static __device__ int group() { return static_cast<int>(threadIdx.x) % kGroups; }

  std::int64_t cols_, x_, rows_left_;
  const T* at_;
};

template <typename T, bool kATransposed, bool kBTransposed, bool kVector>
__global__ void __launch_bounds__(kThreads, 2)
    mma_sync_tile(const T* a, const T* b, const T* c, T* d, std::int64_t m, std::int64_t n, std::int64_t k,
                  float alpha, float beta, int tile_rows, int tile_cols, bool pairs) {
  extern __shared__ __align__(128) unsigned char ring[];
  const TilePlace place = tile_in_bands(static_cast<int>(blockIdx.x), tile_rows, tile_cols, kBand);
  const std::int64_t row0 = std::int64_t{kTile} * place.row, col0 = std::int64_t{kTile} * place.col;
  const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
  const int warp_row = warp / 2 * kWarpTile, warp_col = warp % 2 * kWarpTile;
  const int steps = static_cast<int>((k + kDepth - 1) / kDepth);

  Source<!kATransposed, kVector, T> source_a(a, m, k, row0);
  Source<kBTransposed, kVector, T> source_b(b, n, k, col0);
  const auto fetch_stage = [&](int step) {
    if (step < steps) {
      const std::uint32_t stage =
          shared_address(ring) + static_cast<std::uint32_t>(step % kStages * kStageBytes);
      source_a.fetch(stage);
      source_b.fetch(stage + kOperandBytes);
    }
    commit_copies();  // empty groups keep the count right at the end
  };
#pragma unroll
  for (int step = 0; step < kStages - 1; ++step) fetch_stage(step);

  float sums[4][8][4] = {};
  for (int step = 0; step < steps; ++step) {
    wait_for_copies<kStages - 2>();
    __syncthreads();  // this step's tile is there for all, and all are done with the one that comes next in
                      // the ring
    fetch_stage(step + kStages - 1);

    const std::uint32_t tile_a =
        shared_address(ring) + static_cast<std::uint32_t>(step % kStages * kStageBytes);
    const std::uint32_t tile_b = tile_a + kOperandBytes;
    const int matrix = lane / 8, in_matrix = lane % 8;
#pragma unroll
    for (int depth = 0; depth < kDepth; depth += 16) {
      std::uint32_t left[4][4], right[4][4];
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        // Matrices: rows 0-7 and 8-15 of depth 0-7, then the same of depth 8-15.
        const int row = warp_row + 16 * i + matrix % 2 * 8, at_depth = depth + matrix / 2 * 8;
        if constexpr (kATransposed)
          load_matrices<true>(left[i], tile_a + swizzled<false>(at_depth + in_matrix, row / 8));
        else
          load_matrices<false>(left[i], tile_a + swizzled<true>(row + in_matrix, at_depth / 8));
      }
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        // Matrices: depth 0-7 and 8-15 of columns 0-7, then the same of columns 8-15.
        const int col = warp_col + 16 * j + matrix / 2 * 8, at_depth = depth + matrix % 2 * 8;
        if constexpr (kBTransposed)
          load_matrices<false>(right[j], tile_b + swizzled<true>(col + in_matrix, at_depth / 8));
        else
          load_matrices<true>(right[j], tile_b + swizzled<false>(at_depth + in_matrix, col / 8));
      }
#pragma unroll
      for (int i = 0; i < 4; ++i)
#pragma unroll
        for (int j = 0; j < 8; ++j)
          multiply_add<T>(sums[i][j], left[i], right[j / 2][j % 2 * 2], right[j / 2][j % 2 * 2 + 1]);
    }
  }

#pragma unroll
  for (int i = 0; i < 4; ++i) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const std::int64_t row = row0 + warp_row + 16 * i + 8 * half + lane / 4;
      if (row >= m) continue;
#pragma unroll
      for (int j = 0; j < 8; ++j) {
        const std::int64_t col = col0 + warp_col + 8 * j + lane % 4 * 2;
        store_pair(sums[i][j][2 * half], sums[i][j][2 * half + 1], alpha, beta, c, d, row * n + col, n - col,
                   pairs);
      }
    }
  }
}

template <typename T, bool kATransposed, bool kBTransposed, bool kVector>
CudaStatus launch(const HgemmArgs& args, CudaStream stream, int rows, int cols) {
  const auto kernel = mma_sync_tile<T, kATransposed, kBTransposed, kVector>;
  constexpr int kBytes = kStages * kStageBytes;
  static const cudaError_t kRaised =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes);
  if (kRaised != cudaSuccess) return kRaised;
  kernel<<<static_cast<unsigned>(rows) * static_cast<unsigned>(cols), kThreads, kBytes, stream>>>(
      static_cast<const T*>(args.a), static_cast<const T*>(args.b), static_cast<const T*>(args.c),
      static_cast<T*>(args.d), args.m, args.n, args.k, args.alpha, args.beta, rows, cols, has_pairs(args));
  return cudaGetLastError();
}

template <typename T>
CudaStatus mma_sync(const HgemmArgs& args, CudaStream stream) {
  const std::int64_t rows = blocks_of(args.m, kTile), cols = blocks_of(args.n, kTile);
  if (rows == 0 || cols == 0) return cudaSuccess;
  if (rows * cols * kBand >= (std::int64_t{1} << 31)) return cudaErrorInvalidValue;
  return with_layout<T>(args, [&]<typename, bool kA, bool kB>() -> CudaStatus {
    const int y = static_cast<int>(rows), x = static_cast<int>(cols);
    if (has_vector_rows(args)) return launch<T, kA, kB, true>(args, stream, y, x);
    return launch<T, kA, kB, false>(args, stream, y, x);
  });
}

}  // namespace assay::kernels::hgemm
