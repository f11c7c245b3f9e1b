// SPDX-License-Identifier: Apache-2.0
// The vector stays in registers: a warp, or four that share a row, keep their part of x as floats for the
// whole product and take rows in turn, four of them on their way at any time. So a row costs loads of its
// weights only, a warp never waits for x again, and a grid that fills the device once gives every warp the
// same number of rows, give or take one: there are no blocks to start while the memory waits.
#include "kernels/gemv/gemv_load.cuh"

namespace assay::kernels::gemv {
namespace {

constexpr int kThreads = 128;
constexpr int kWarps = kThreads / 32;
constexpr int kBlocksEach = 4;  // of a multiprocessor
constexpr int kDepth = 4;       // rows on their way

// Weights come in whole 128-byte lines of neighbours: L2 may fetch two at once.
__device__ uint4 request_weights(const void* at) {
  uint4 v;
  asm volatile("ld.global.nc.L1::no_allocate.L2::256B.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(at));
  return v;
}

// kParts warps share a row; a lane has kChunks chunks of eight columns at most. Rows are dealt out in turn.
template <typename W, typename X, int kChunks, int kParts>
__global__ void __launch_bounds__(kThreads, kBlocksEach)
    registers_kernel(const W* weights, const X* x, float* y, std::int64_t rows, int cols) {
  __shared__ float parts[2][kParts];
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int part = warp % kParts;
  constexpr int kGroups = kWarps / kParts;
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kGroups;
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * kGroups + warp / kParts;
  const int chunks = cols / 8, chunk = part * 32 * kChunks + lane;

  // The first rows are requested before x.
  uint4 bits[kDepth][kChunks];
  const auto request = [&](uint4(&to)[kChunks], std::int64_t row) {
    const W* const at = weights + row * cols + 8 * chunk;
#pragma unroll
    for (int c = 0; c < kChunks; ++c)
      to[c] = row < rows && chunk + 32 * c < chunks ? request_weights(at + 256 * c) : make_uint4(0, 0, 0, 0);
  };
#pragma unroll
  for (int d = 0; d < kDepth; ++d) request(bits[d], first + d * stride);
  EightFloats values[kChunks];
#pragma unroll
  for (int c = 0; c < kChunks; ++c)
    values[c] = chunk + 32 * c < chunks ? load_eight(x + 8 * (chunk + 32 * c)) : EightFloats{};

  for (std::int64_t base = first; base < rows; base += kDepth * stride) {
#pragma unroll
    for (int d = 0; d < kDepth; ++d) {
      const std::int64_t row = base + d * stride;
      if (row >= rows) break;  // the same for all warps of a row
      float sums[kChunks];
#pragma unroll
      for (int c = 0; c < kChunks; ++c) sums[c] = dot_eight<W>(bits[d][c], values[c], 0.0f);
      request(bits[d], row + kDepth * stride);
      float sum = sums[0];
#pragma unroll
      for (int c = 1; c < kChunks; ++c) sum += sums[c];
      sum = warp_sum(sum);
      if constexpr (kParts == 1) {
        if (lane == 0) y[row] = sum;
      } else {
        // Two sets of parts in turn: who writes one has seen everybody read it, at the barrier between.
        static_assert(kParts == kWarps && kDepth % 2 == 0);
        if (lane == 0) parts[d % 2][part] = sum;
        __syncthreads();
        if (threadIdx.x == 0) {
          float total = 0;
#pragma unroll
          for (int p = 0; p < kParts; ++p) total += parts[d % 2][p];
          y[row] = total;
        }
      }
    }
  }
}

// Blocks that run at the same time.
std::int64_t blocks_of_device() {
  static const std::int64_t kBlocks = [] {
    int device = 0, count = 0;
    const bool known = cudaGetDevice(&device) == cudaSuccess &&
                       cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device) == cudaSuccess;
    return kBlocksEach * (known ? count : 1);
  }();
  return kBlocks;
}

template <int kChunks, int kParts>
CudaStatus launch_registers(const GemvArgs& args, CudaStream stream) {
  return with_types(args, [&](auto w, auto x) -> CudaStatus {
    using W = decltype(w);
    using X = decltype(x);
    constexpr int kGroups = kWarps / kParts;
    const std::int64_t blocks = min(blocks_of_device(), (args.rows + kGroups - 1) / kGroups);
    registers_kernel<W, X, kChunks, kParts><<<static_cast<unsigned>(blocks), kThreads, 0, stream>>>(
        static_cast<const W*>(args.weights), static_cast<const X*>(args.x), args.y, args.rows,
        static_cast<int>(args.cols));
    return cudaGetLastError();
  });
}

}  // namespace

// Rows of more than 4096 columns or that do not begin at multiples of 16 bytes go the way of split_columns.
CudaStatus launch_x_in_registers(const GemvArgs& args, CudaStream stream) {
  if (!allows_vectors(args) || args.cols > 4096) return launch_split_columns(args, stream);
  if (args.cols <= 768) return launch_registers<3, 1>(args, stream);
  if (args.cols <= 1024) return launch_registers<4, 1>(args, stream);
  if (args.cols <= 3072) return launch_registers<3, 4>(args, stream);
  return launch_registers<4, 4>(args, stream);
}

}  // namespace assay::kernels::gemv
