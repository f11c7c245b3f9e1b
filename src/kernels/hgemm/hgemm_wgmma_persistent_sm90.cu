// SPDX-License-Identifier: Apache-2.0
// Rung 8: one block for each multiprocessor, which takes one tile after another. Barriers are made once, and
// while the consumers store a tile the producer already fills the ring for the next one.
#include <algorithm>

#include "kernels/hgemm/tensor_map.cuh"
#include "kernels/hgemm/tile_order.h"
#include "kernels/hgemm/wgmma_sm90.cuh"

namespace assay::kernels {
namespace {

using namespace hgemm;

constexpr int kTileM = 128, kTileN = 256, kStages = 4, kBand = 8;
constexpr int kConsumers = 2, kThreads = (kConsumers + 1) * 128;
constexpr int kProducerRegisters = 40, kConsumerRegisters = 232;
constexpr int kBytesA = kTileM * kAtom * 2, kBytesB = kTileN * kAtom * 2, kStageBytes = kBytesA + kBytesB;
constexpr int kSharedBytes = kStages * kStageBytes + kBoxAlignment;

template <typename T, bool kDeepA, bool kDeepB>
__global__ void __launch_bounds__(kThreads, 1) wgmma_persistent(const __grid_constant__ TmaArgs args) {
  extern __shared__ unsigned char shared[];
  __shared__ std::uint64_t full[kStages], empty[kStages];
  unsigned char* ring = aligned_boxes(shared);
  const int steps = (args.k + kAtom - 1) / kAtom, tiles = args.tile_rows * args.tile_cols;
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < kStages; ++stage) {
      init_barrier(&full[stage], 1);
      init_barrier(&empty[stage], kConsumers);
    }
    publish_barriers();
  }
  __syncthreads();

  RingPlace<kStages> at;  // goes on from tile to tile
  if (threadIdx.x >= kConsumers * 128) {
    give_registers<kProducerRegisters>();
    if (threadIdx.x == kConsumers * 128) {
      for (int tile = static_cast<int>(blockIdx.x); tile < tiles; tile += static_cast<int>(gridDim.x)) {
        const TilePlace place = tile_in_bands(tile, args.tile_rows, args.tile_cols, kBand);
        for (int step = 0; step < steps; ++step, at.advance()) {
          wait_barrier(&empty[at.stage], at.parity ^ 1);
          unsigned char* stage = ring + at.stage * kStageBytes;
          arrive_expecting(&full[at.stage], kStageBytes);
          load_operand<kDeepA, kTileM>(stage, &args.a, &full[at.stage], place.row * kTileM, step * kAtom);
          load_operand<kDeepB, kTileN>(stage + kBytesA, &args.b, &full[at.stage], place.col * kTileN,
                                       step * kAtom);
        }
      }
    }
  } else {
    take_registers<kConsumerRegisters>();
    const int group = static_cast<int>(threadIdx.x) / 128;
    const bool signals = threadIdx.x % 128 == 0;
    float sums[kTileN / 2];
    for (int tile = static_cast<int>(blockIdx.x); tile < tiles; tile += static_cast<int>(gridDim.x)) {
      int before = 0;
      for (int step = 0; step < steps; ++step, at.advance()) {
        const unsigned char* stage = ring + at.stage * kStageBytes;
        wait_barrier(&full[at.stage], at.parity);
        wgmma_fence();
        multiply_stage<T, kDeepA, kDeepB>(sums, stage + group * kBoxBytes, stage + kBytesA, step > 0);
        wgmma_commit();
        wgmma_wait<1>();
        if (step > 0 && signals) arrive(&empty[before]);
        before = at.stage;
      }
      wgmma_wait<0>();
      pin(sums);
      if (signals) arrive(&empty[before]);  // the last stage, or the producer would wait for ever
      const TilePlace place = tile_in_bands(tile, args.tile_rows, args.tile_cols, kBand);
      store_sums<T>(sums, args, place.row * kTileM + group * 64, place.col * kTileN);
    }
  }
}

template <typename T, bool kATransposed, bool kBTransposed>
CudaStatus plan(const HgemmArgs& args, HgemmWork& work) {
  const auto kernel = wgmma_persistent<T, !kATransposed, kBTransposed>;
  static const cudaError_t kRaised =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytes);
  if (kRaised != cudaSuccess) return kRaised;
  TmaArgs made;
  if (const CudaStatus status = encode_args(made, args, kTileM, kTileN); status != cudaSuccess) return status;
  const int blocks = std::min(made.tile_rows * made.tile_cols, multiprocessors());
  work = [made, blocks](CudaStream stream) -> CudaStatus {
    wgmma_persistent<T, !kATransposed, kBTransposed><<<blocks, kThreads, kSharedBytes, stream>>>(made);
    return cudaGetLastError();
  };
  return cudaSuccess;
}

}  // namespace

CudaStatus plan_wgmma_persistent(const HgemmArgs& args, HgemmWork& work) {
  return with_type_and_layout(args,
                              [&]<typename T, bool kA, bool kB>() { return plan<T, kA, kB>(args, work); });
}

}  // namespace assay::kernels
