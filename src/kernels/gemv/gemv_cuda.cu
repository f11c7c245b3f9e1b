// SPDX-License-Identifier: Apache-2.0
// The obvious variant, one warp a row and one element a load; and the two that read 16 bytes at a time with
// all loads of a step in flight before the first product. vector_rows gives a warp four rows, so that x is
// read once for four; split_columns gives the columns of a row to several warps, for matrices with too few
// rows to fill the device, and adds the parts in the order of the columns.
#include "kernels/dependent_launch.cuh"
#include "kernels/gemv/gemv_load.cuh"

namespace assay::kernels {
namespace gemv {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;

template <typename W, typename X>
__global__ void __launch_bounds__(kThreads)
    warp_row_kernel(const W* weights, const X* x, float* y, std::int64_t rows, std::int64_t cols) {
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * kWarps + threadIdx.x / 32;
  if (row >= rows) return;
  float sum = 0;
  for (std::int64_t k = threadIdx.x % 32; k < cols; k += 32)
    sum = fmaf(one_float(weights[row * cols + k]), one_float(x[k]), sum);
  sum = warp_sum(sum);
  if (threadIdx.x % 32 == 0) y[row] = sum;
}

// Blocks on a multiprocessor: 40, 64 or 128 registers.
template <int kRows>
constexpr int kBlocksEach = kRows == 1   ? 6
                            : kRows == 2 ? 4
                                         : 2;

// A line of 128 bytes.
__device__ inline void fetch_into_l2(const void* at) { asm volatile("prefetch.global.L2 [%0];" ::"l"(at)); }

// A group of kParts warps has kRows rows; warp `part` of it takes every kParts-th run of 256 columns.
template <typename W, typename X, int kRows, int kParts, int kInFlight>
__global__ void __launch_bounds__(kThreads, kBlocksEach<kRows>)
    vector_kernel(const W* weights, const X* x, float* y, std::int64_t rows, std::int64_t cols, bool vectors,
                  unsigned early_blocks) {
  constexpr int kGroups = kWarps / kParts;
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int part = warp % kParts;
  let_next_grid_begin();
  const std::int64_t first = (static_cast<std::int64_t>(blockIdx.x) * kGroups + warp / kParts) * kRows;
  const W* row[kRows];
#pragma unroll
  for (int r = 0; r < kRows; ++r)  // rows beyond the last read the last and store nothing
    row[r] = weights + min(first + r, rows - 1) * cols;
  // The first blocks, which come early, let their weights come as far as the L2 cache, which is one for all:
  // nothing is read yet.
  if (blockIdx.x < early_blocks) {
#pragma unroll
    for (int r = 0; r < kRows; ++r)
      for (std::int64_t at = lane * 64; at < cols; at += 32 * 64) fetch_into_l2(row[r] + at);
  }
  wait_for_grids_before();
  float sum[kRows] = {};

  if (vectors) {
    const int chunks = static_cast<int>(cols / 8);
    constexpr int kStep = 32 * kParts;
    for (int begin = part * 32 + lane; begin < chunks; begin += kStep * kInFlight) {
      uint4 bits[kInFlight][kRows];
#pragma unroll
      for (int i = 0; i < kInFlight; ++i) {
        const int chunk = begin + i * kStep;
#pragma unroll
        for (int r = 0; r < kRows; ++r)
          bits[i][r] = chunk < chunks ? load_weights(row[r] + 8 * chunk) : make_uint4(0, 0, 0, 0);
      }
#pragma unroll
      for (int i = 0; i < kInFlight; ++i) {
        const int chunk = begin + i * kStep;
        if (chunk >= chunks) break;
        const EightFloats values = load_eight(x + 8 * chunk);
#pragma unroll
        for (int r = 0; r < kRows; ++r) sum[r] = dot_eight<W>(bits[i][r], values, sum[r]);
      }
    }
  } else {
    for (std::int64_t k = part * 32 + lane; k < cols; k += 32 * kParts) {
      const float value = one_float(x[k]);
#pragma unroll
      for (int r = 0; r < kRows; ++r) sum[r] = fmaf(one_float(row[r][k]), value, sum[r]);
    }
  }

#pragma unroll
  for (int r = 0; r < kRows; ++r) sum[r] = warp_sum(sum[r]);
  if constexpr (kParts == 1) {
#pragma unroll
    for (int r = 0; r < kRows; ++r)
      if (lane == r && first + r < rows) y[first + r] = sum[r];
  } else {
    __shared__ float parts[kWarps][kRows];
#pragma unroll
    for (int r = 0; r < kRows; ++r)
      if (lane == r) parts[warp][r] = sum[r];
    __syncthreads();
    if (part == 0 && lane < kRows && first + lane < rows) {
      float total = 0;
#pragma unroll
      for (int p = 0; p < kParts; ++p) total += parts[warp + p][lane];
      y[first + lane] = total;
    }
  }
}

constexpr unsigned kEarlyBlocks = 512;  // about as many as fit on a device at a time

template <int kRows, int kParts, int kInFlight>
CudaStatus launch_vectors(const GemvArgs& args, CudaStream stream, bool dependent = false) {
  return with_types(args, [&](auto w, auto x) -> CudaStatus {
    using W = decltype(w);
    using X = decltype(x);
    const unsigned blocks = blocks_for(args.rows, kWarps / kParts * kRows);
    if (blocks == 0 || args.cols > 0x7FFFFFFF) return cudaErrorInvalidValue;
    return launch(dependent, vector_kernel<W, X, kRows, kParts, kInFlight>, blocks, kThreads, 0, stream,
                  static_cast<const W*>(args.weights), static_cast<const X*>(args.x), args.y, args.rows,
                  args.cols, allows_vectors(args), dependent ? kEarlyBlocks : 0u);
  });
}

}  // namespace

CudaStatus launch_warp_row(const GemvArgs& args, CudaStream stream) {
  return with_types(args, [&](auto w, auto x) -> CudaStatus {
    using W = decltype(w);
    using X = decltype(x);
    const unsigned blocks = blocks_for(args.rows, kWarps);
    if (blocks == 0) return cudaErrorInvalidValue;
    warp_row_kernel<W, X><<<blocks, kThreads, 0, stream>>>(
        static_cast<const W*>(args.weights), static_cast<const X*>(args.x), args.y, args.rows, args.cols);
    return cudaGetLastError();
  });
}

CudaStatus launch_vector_rows(const GemvArgs& args, CudaStream stream) {
  return launch_vectors<4, 1, 4>(args, stream);
}

CudaStatus launch_vector_rows_dependent(const GemvArgs& args, CudaStream stream) {
  return launch_vectors<4, 1, 4>(args, stream, true);
}

CudaStatus launch_vector_row_pairs(const GemvArgs& args, CudaStream stream) {
  return launch_vectors<2, 1, 4>(args, stream);
}

// Parts so that each lane has about three loads a row: the whole row is in flight at once.
CudaStatus launch_split_columns(const GemvArgs& args, CudaStream stream) {
  if (args.cols > 1536) return launch_vectors<1, 4, 4>(args, stream);
  if (args.cols > 768) return launch_vectors<1, 2, 4>(args, stream);
  return launch_vectors<1, 1, 4>(args, stream);
}

}  // namespace gemv

}  // namespace assay::kernels
