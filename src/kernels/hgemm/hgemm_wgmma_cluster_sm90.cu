// SPDX-License-Identifier: Apache-2.0
// Rung 9: two blocks, one tile above the other, share their 256 columns of B: each asks for half of them, and
// TMA writes what comes into both. That leaves 32 of 48 KB a stage for the L2 cache to deliver. The output
// goes through shared memory (stmatrix) and TMA while the next tile's products run.
#include <algorithm>

#include "kernels/dependent_launch.cuh"
#include "kernels/hgemm/cluster_sm90.cuh"
#include "kernels/hgemm/tensor_map.cuh"
#include "kernels/hgemm/tile_order.h"

namespace assay::kernels {
namespace {

using namespace hgemm;

constexpr int kTileM = 128, kTileN = 256, kStages = 4, kBand = 8;  // the band counted in pairs of tiles
constexpr int kBlocks = 2, kShareN = kTileN / kBlocks;
constexpr std::uint16_t kBoth = 3;
constexpr int kConsumers = 2, kThreads = (kConsumers + 1) * 128;
constexpr int kProducerRegisters = 40, kConsumerRegisters = 232;
static_assert(128 * (kProducerRegisters + kConsumers * kConsumerRegisters) <= 65'536);
constexpr int kBytesA = kTileM * kAtom * 2, kBytesB = kTileN * kAtom * 2, kStageBytes = kBytesA + kBytesB;
constexpr int kOutBytes = 2 * kBoxBytes;  // of a warpgroup: one box is filled while another is stored
constexpr int kSharedBytes = kStages * kStageBytes + kConsumers * kOutBytes + kBoxAlignment;
static_assert(kSharedBytes + 256 <= 227 * 1024);

struct ClusterArgs {
  TmaArgs tma;
  CUtensorMap d;
};

// A warpgroup's 64 x 256 sums, in four boxes of 64 columns. May return while the last two are being read.
template <typename T>
__device__ void store_boxes(const float (&sums)[kTileN / 2], const ClusterArgs& args, unsigned char* out,
                            int barrier, int row0, int col0) {
  const int thread = static_cast<int>(threadIdx.x) % 128, lane = thread % 32;
  // The row and the half of a column pair whose address this lane gives to stmatrix.
  const int row = thread / 32 * 16 + lane % 16, right = lane / 16;
  const float alpha = args.tma.alpha;
#pragma unroll
  for (int box = 0; box < kTileN / kAtom; ++box) {
    unsigned char* to = out + box % 2 * kBoxBytes;
    if (thread == 0) wait_stores_read<1>();
    sync_warpgroup(barrier);
#pragma unroll
    for (int pair = 0; pair < 4; ++pair) {
      const float* s = sums + box * 32 + pair * 8;
      store_matrices(
          shared_of(to) + static_cast<std::uint32_t>(row * 128 + (((pair * 2 + right) ^ (row % 8)) * 16)),
          pack<T>(alpha * s[0], alpha * s[1]), pack<T>(alpha * s[2], alpha * s[3]),
          pack<T>(alpha * s[4], alpha * s[5]), pack<T>(alpha * s[6], alpha * s[7]));
    }
    fence_async();
    sync_warpgroup(barrier);
    if (thread == 0) {
      const int col = col0 + box * kAtom;
      if (row0 < args.tma.m && col < args.tma.n) store_box(&args.d, to, col, row0);
      commit_stores();
    }
  }
}

template <typename T, bool kDeepA, bool kDeepB>
__global__ void __cluster_dims__(kBlocks, 1, 1) __launch_bounds__(kThreads, 1)
    wgmma_cluster(const __grid_constant__ ClusterArgs all) {
  extern __shared__ unsigned char shared[];
  __shared__ std::uint64_t full[kStages], empty[kStages];
  const TmaArgs& args = all.tma;
  unsigned char* ring = aligned_boxes(shared);
  const int rank = cluster_rank(), clusters = static_cast<int>(gridDim.x) / kBlocks;
  const int steps = (args.k + kAtom - 1) / kAtom;
  const int pair_rows = (args.tile_rows + 1) / 2, pairs = pair_rows * args.tile_cols;
  let_next_grid_begin();
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < kStages; ++stage) {
      init_barrier(&full[stage], 1);
      init_barrier(&empty[stage], kConsumers * kBlocks);
    }
    publish_barriers();
  } else if (threadIdx.x == kConsumers * 128) {
    prefetch_map(&args.a);
    prefetch_map(&args.b);
    prefetch_map(&all.d);
  }
  arrive_cluster();
  wait_for_grids_before();
  wait_cluster();

  RingPlace<kStages> at;  // goes on from tile to tile
  if (threadIdx.x >= kConsumers * 128) {
    give_registers<kProducerRegisters>();
    if (threadIdx.x == kConsumers * 128) {
      for (int pair = static_cast<int>(blockIdx.x) / kBlocks; pair < pairs; pair += clusters) {
        const TilePlace place = tile_in_bands(pair, pair_rows, args.tile_cols, kBand);
        const int row0 = (place.row * 2 + rank) * kTileM, col0 = place.col * kTileN + rank * kShareN;
        for (int step = 0; step < steps; ++step, at.advance()) {
          wait_barrier(&empty[at.stage], at.parity ^ 1);  // by the consumers of both blocks
          unsigned char* stage = ring + at.stage * kStageBytes;
          arrive_expecting(&full[at.stage], kStageBytes);  // a third of it is what the other block sends
          load_operand<kDeepA, kTileM>(stage, &args.a, &full[at.stage], row0, step * kAtom);
          share_operand<kDeepB, kShareN>(stage + kBytesA + rank * (kBytesB / kBlocks), &args.b,
                                         &full[at.stage], col0, step * kAtom, kBoth);
        }
      }
      // The block stays until the other one's consumers have said their last word to its barriers.
      for (int stage = 0; stage < kStages; ++stage, at.advance())
        wait_barrier(&empty[at.stage], at.parity ^ 1);
    }
  } else {
    take_registers<kConsumerRegisters>();
    // Through a shuffle, so that the compiler knows it to be the same in all of a warp.
    const int group = __shfl_sync(0xFFFF'FFFF, static_cast<int>(threadIdx.x) / 128, 0);
    const int thread = static_cast<int>(threadIdx.x) % 128;
    unsigned char* out = ring + kStages * kStageBytes + group * kOutBytes;
    float sums[kTileN / 2];
    for (int pair = static_cast<int>(blockIdx.x) / kBlocks; pair < pairs; pair += clusters) {
      int before = 0;
      for (int step = 0; step < steps; ++step, at.advance()) {
        const unsigned char* stage = ring + at.stage * kStageBytes;
        wait_barrier(&full[at.stage], at.parity);
        wgmma_fence();
        multiply_stage<T, kDeepA, kDeepB>(sums, stage + group * kBoxBytes, stage + kBytesA, step > 0);
        wgmma_commit();
        wgmma_wait<1>();
        if (step > 0 && thread < kBlocks) arrive_in_block(&empty[before], thread);
        before = at.stage;
      }
      wgmma_wait<0>();
      pin(sums);
      if (thread < kBlocks) arrive_in_block(&empty[before], thread);
      const TilePlace place = tile_in_bands(pair, pair_rows, args.tile_cols, kBand);
      const int row0 = (place.row * 2 + rank) * kTileM + group * 64, col0 = place.col * kTileN;
      if (args.beta != 0)
        store_sums<T>(sums, args, row0, col0);
      else
        store_boxes<T>(sums, all, out, 1 + group, row0, col0);
    }
    if (thread == 0) wait_stores_read<0>();
  }
}

template <typename T, bool kATransposed, bool kBTransposed>
CudaStatus plan(const HgemmArgs& args, HgemmWork& work) {
  const auto kernel = wgmma_cluster<T, !kATransposed, kBTransposed>;
  static const cudaError_t kRaised =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytes);
  if (kRaised != cudaSuccess) return kRaised;
  ClusterArgs made;
  if (const CudaStatus status = encode_args(made.tma, args, kTileM, kTileN, kShareN); status != cudaSuccess)
    return status;
  if (const CudaStatus status = encode_map(made.d, args.type, args.d, args.m, args.n, 64);
      status != cudaSuccess)
    return status;
  const int pairs = (made.tma.tile_rows + 1) / 2 * made.tma.tile_cols;
  const int blocks = kBlocks * std::clamp(multiprocessors() / kBlocks, 1, pairs);
  work = [made, blocks](CudaStream stream) -> CudaStatus {
    return launch(true, wgmma_cluster<T, !kATransposed, kBTransposed>, static_cast<unsigned>(blocks),
                  kThreads, kSharedBytes, stream, made);
  };
  return cudaSuccess;
}

}  // namespace

CudaStatus plan_wgmma_cluster(const HgemmArgs& args, HgemmWork& work) {
  return with_type_and_layout(args,
                              [&]<typename T, bool kA, bool kB>() { return plan<T, kA, kB>(args, work); });
}

}  // namespace assay::kernels
