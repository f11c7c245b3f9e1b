// SPDX-License-Identifier: Apache-2.0
// Rung 1: a block of 32 x 32 threads makes a tile of 32 x 32 outputs and brings the parts of A and B that it
// needs to shared memory, 32 steps of k at a time: every value is read from global memory 32 times less
// often. One output a thread: two reads of shared memory for each multiply-add, and that is what bounds it.
#include "kernels/hgemm/half_values.cuh"

namespace assay::kernels {
namespace {

using namespace hgemm;

constexpr int kTile = 32;

// tile[y][x] = stored(row0 + y, col0 + x), zero outside. Neighbouring threads read neighbouring columns.
template <typename T>
__device__ void fetch(T (&tile)[kTile][kTile + 2], const T* stored, std::int64_t rows, std::int64_t cols,
                      std::int64_t row0, std::int64_t col0) {
  const std::int64_t row = row0 + threadIdx.y, col = col0 + threadIdx.x;
  tile[threadIdx.y][threadIdx.x] = row < rows && col < cols ? stored[row * cols + col] : from_float<T>(0.0f);
}

template <typename T, bool kATransposed, bool kBTransposed>
__global__ void __launch_bounds__(kTile* kTile)
    shared_tile(const T* a, const T* b, const T* c, T* d, std::int64_t m, std::int64_t n, std::int64_t k,
                float alpha, float beta) {
  // Two columns of padding: a walk down a column meets 32 banks (17 words a row).
  __shared__ T tile_a[kTile][kTile + 2], tile_b[kTile][kTile + 2];
  const std::int64_t row0 = blockIdx.y * std::int64_t{kTile}, col0 = blockIdx.x * std::int64_t{kTile};
  float sum = 0;
  for (std::int64_t k0 = 0; k0 < k; k0 += kTile) {
    if constexpr (kATransposed)
      fetch(tile_a, a, k, m, k0, row0);
    else
      fetch(tile_a, a, m, k, row0, k0);
    if constexpr (kBTransposed)
      fetch(tile_b, b, n, k, col0, k0);
    else
      fetch(tile_b, b, k, n, k0, col0);
    __syncthreads();
#pragma unroll
    for (int i = 0; i < kTile; ++i) {
      const T left = kATransposed ? tile_a[i][threadIdx.y] : tile_a[threadIdx.y][i];
      const T right = kBTransposed ? tile_b[threadIdx.x][i] : tile_b[i][threadIdx.x];
      sum = fmaf(to_float(left), to_float(right), sum);
    }
    __syncthreads();
  }
  const std::int64_t row = row0 + threadIdx.y, col = col0 + threadIdx.x;
  if (row < m && col < n) d[row * n + col] = scaled(sum, alpha, beta, c, row * n + col);
}

}  // namespace

CudaStatus hgemm_shared_tile(const HgemmArgs& args, CudaStream stream) {
  const std::int64_t x = blocks_of(args.n, kTile), y = blocks_of(args.m, kTile);
  if (x == 0 || y == 0) return cudaSuccess;
  if (!fits_grid(x, y)) return cudaErrorInvalidValue;
  return with_type_and_layout(args, [&]<typename T, bool kA, bool kB>() -> CudaStatus {
    shared_tile<T, kA, kB>
        <<<dim3(static_cast<unsigned>(x), static_cast<unsigned>(y)), dim3(kTile, kTile), 0, stream>>>(
            static_cast<const T*>(args.a), static_cast<const T*>(args.b), static_cast<const T*>(args.c),
            static_cast<T*>(args.d), args.m, args.n, args.k, args.alpha, args.beta);
    return cudaGetLastError();
  });
}

}  // namespace assay::kernels
