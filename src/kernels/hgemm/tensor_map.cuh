// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tensor maps: what the TMA unit knows of a matrix. Encoded on the host, passed by value to the kernel. The
// driver's function is looked up at run time, so that the program needs no -lcuda.
#include <cuda.h>
#include <cuda_runtime.h>

#include "kernels/hgemm/half_values.cuh"

namespace assay::kernels::hgemm {

// Boxes of 64 columns and `box_rows` rows of a dense row-major matrix of rows x cols, swizzled by 128 bytes
// in shared memory. Errors: cudaErrorInvalidValue if the address or the rows are no multiples of 16 bytes or
// something is empty; cudaErrorNotSupported if the driver has no tensor maps.
[[nodiscard]] CudaStatus encode_map(CUtensorMap& map, HalfType type, const void* data, std::int64_t rows,
                                    std::int64_t cols, int box_rows);

// What the kernels of the upper rungs get.
struct TmaArgs {
  CUtensorMap a, b;
  const void* c = nullptr;
  void* d = nullptr;
  int m = 0, n = 0, k = 0;
  float alpha = 1, beta = 0;
  int tile_rows = 0, tile_cols = 0;  // of the output, counted in tiles
};

// The arguments for tiles of tile_m x tile_n. `box_n`: how many columns of the tile one box of a transposed B
// brings; 0: all of them.
[[nodiscard]] CudaStatus encode_args(TmaArgs& made, const HgemmArgs& args, int tile_m, int tile_n,
                                     int box_n = 0);

// Shared memory for `bytes` of boxes: their alignment costs up to 1,023 more.
inline constexpr int kBoxAlignment = 1024;
__device__ inline unsigned char* aligned_boxes(unsigned char* shared) {
  const auto address = static_cast<std::uint32_t>(__cvta_generic_to_shared(shared));
  return shared + ((address + kBoxAlignment - 1) / kBoxAlignment * kBoxAlignment - address);
}

// A warpgroup's sums (64 rows from `row0` on, 2 * kCount columns from `col0` on) to the output, straight from
// the registers: each of a warp's stores is eight pieces of 16 bytes.
template <typename T, int kCount>
__device__ inline void store_sums(const float (&sums)[kCount], const TmaArgs& args, int row0, int col0) {
  const int thread = static_cast<int>(threadIdx.x) % 128;
  const T* c = static_cast<const T*>(args.c);
  T* d = static_cast<T*>(args.d);
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const int row = row0 + thread / 32 * 16 + thread % 32 / 4 + 8 * half;
    if (row >= args.m) continue;
    const std::int64_t begin = static_cast<std::int64_t>(row) * args.n;
#pragma unroll
    for (int i = 0; i < kCount; i += 4) {
      const int col = col0 + 2 * i + thread % 4 * 2;
      store_pair(sums[i + 2 * half], sums[i + 2 * half + 1], args.alpha, args.beta, c, d, begin + col,
                 args.n - col, true);
    }
  }
}

}  // namespace assay::kernels::hgemm
