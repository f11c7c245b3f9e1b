// SPDX-License-Identifier: Apache-2.0
// Rung 5: Hopper's own instructions, nothing overlapped inside a block. One thread asks TMA for the next 64
// steps of k (64 rows of A, 128 columns of B), all wait, the warpgroup multiplies straight from shared
// memory, all wait again. Several blocks share a multiprocessor and hide some of each other's waiting.
#include "kernels/hgemm/tensor_map.cuh"
#include "kernels/hgemm/tile_order.h"
#include "kernels/hgemm/wgmma_sm90.cuh"

namespace assay::kernels {
namespace {

using namespace hgemm;

constexpr int kTileM = 64, kTileN = 128, kThreads = 128, kBand = 16;
constexpr int kBytesA = kTileM * kAtom * 2, kBytesB = kTileN * kAtom * 2;
constexpr int kSharedBytes = kBytesA + kBytesB + kBoxAlignment;

template <typename T, bool kDeepA, bool kDeepB>
__global__ void __launch_bounds__(kThreads) wgmma_tma(const __grid_constant__ TmaArgs args) {
  extern __shared__ unsigned char shared[];
  __shared__ std::uint64_t full;
  unsigned char* tile_a = aligned_boxes(shared);
  unsigned char* tile_b = tile_a + kBytesA;
  const TilePlace place = tile_in_bands(static_cast<int>(blockIdx.x), args.tile_rows, args.tile_cols, kBand);
  const int row0 = place.row * kTileM, col0 = place.col * kTileN;
  if (threadIdx.x == 0) {
    init_barrier(&full, 1);
    publish_barriers();
  }
  __syncthreads();

  float sums[kTileN / 2];
  const int steps = (args.k + kAtom - 1) / kAtom;
  for (int step = 0; step < steps; ++step) {
    if (threadIdx.x == 0) {
      arrive_expecting(&full, kBytesA + kBytesB);
      load_operand<kDeepA, kTileM>(tile_a, &args.a, &full, row0, step * kAtom);
      load_operand<kDeepB, kTileN>(tile_b, &args.b, &full, col0, step * kAtom);
    }
    wait_barrier(&full, step & 1);
    wgmma_fence();
    multiply_stage<T, kDeepA, kDeepB>(sums, tile_a, tile_b, step > 0);
    wgmma_commit();
    wgmma_wait<0>();
    __syncthreads();  // the tile may be overwritten
  }
  pin(sums);
  store_sums<T>(sums, args, row0, col0);
}

template <typename T, bool kATransposed, bool kBTransposed>
CudaStatus plan(const HgemmArgs& args, HgemmWork& work) {
  TmaArgs made;
  if (const CudaStatus status = encode_args(made, args, kTileM, kTileN); status != cudaSuccess) return status;
  work = [made](CudaStream stream) -> CudaStatus {
    wgmma_tma<T, !kATransposed, kBTransposed>
        <<<static_cast<unsigned>(made.tile_rows * made.tile_cols), kThreads, kSharedBytes, stream>>>(made);
    return cudaGetLastError();
  };
  return cudaSuccess;
}

}  // namespace

CudaStatus plan_wgmma_tma(const HgemmArgs& args, HgemmWork& work) {
  return with_type_and_layout(args,
                              [&]<typename T, bool kA, bool kB>() { return plan<T, kA, kB>(args, work); });
}

}  // namespace assay::kernels
