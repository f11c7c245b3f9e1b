// SPDX-License-Identifier: Apache-2.0
// Rung 6: warps with roles. One warp only asks TMA for tiles and runs ahead as far as a ring of five stages
// lets it; two warpgroups only multiply, 64 x 128 outputs each. Two barriers a stage carry the news: `full`
// (TMA to consumers) and `empty` (consumers to the producer).
#include "kernels/hgemm/tensor_map.cuh"
#include "kernels/hgemm/tile_order.h"
#include "kernels/hgemm/wgmma_sm90.cuh"

namespace assay::kernels {
namespace {

using namespace hgemm;

constexpr int kTileM = 128, kTileN = 128, kStages = 5, kBand = 8;
constexpr int kConsumers = 2;  // warpgroups
constexpr int kThreads = kConsumers * 128 + 32;
constexpr int kBytesA = kTileM * kAtom * 2, kBytesB = kTileN * kAtom * 2, kStageBytes = kBytesA + kBytesB;
constexpr int kSharedBytes = kStages * kStageBytes + kBoxAlignment;

template <typename T, bool kDeepA, bool kDeepB>
__global__ void __launch_bounds__(kThreads, 1) wgmma_producer(const __grid_constant__ TmaArgs args) {
  extern __shared__ unsigned char shared[];
  __shared__ std::uint64_t full[kStages], empty[kStages];
  unsigned char* ring = aligned_boxes(shared);
  const TilePlace place = tile_in_bands(static_cast<int>(blockIdx.x), args.tile_rows, args.tile_cols, kBand);
  const int row0 = place.row * kTileM, col0 = place.col * kTileN;
  const int steps = (args.k + kAtom - 1) / kAtom;
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < kStages; ++stage) {
      init_barrier(&full[stage], 1);
      init_barrier(&empty[stage], kConsumers);
    }
    publish_barriers();
  }
  __syncthreads();

  if (threadIdx.x >= kConsumers * 128) {
    // The producer: one thread of the last warp.
    if (threadIdx.x == kConsumers * 128) {
      for (int step = 0; step < steps; ++step) {
        const int stage = step % kStages, round = step / kStages;
        wait_barrier(&empty[stage], (round & 1) ^ 1);  // in the first round nothing has to be waited for
        unsigned char* tile = ring + stage * kStageBytes;
        arrive_expecting(&full[stage], kStageBytes);
        load_operand<kDeepA, kTileM>(tile, &args.a, &full[stage], row0, step * kAtom);
        load_operand<kDeepB, kTileN>(tile + kBytesA, &args.b, &full[stage], col0, step * kAtom);
      }
    }
    return;
  }

  // The consumers: the products of a stage are enqueued while those of the one before still run.
  const int group = static_cast<int>(threadIdx.x) / 128;
  float sums[kTileN / 2];
  for (int step = 0; step < steps; ++step) {
    const int stage = step % kStages, round = step / kStages;
    const unsigned char* tile = ring + stage * kStageBytes;
    wait_barrier(&full[stage], round & 1);
    wgmma_fence();
    multiply_stage<T, kDeepA, kDeepB>(sums, tile + group * kBoxBytes, tile + kBytesA, step > 0);
    wgmma_commit();
    wgmma_wait<1>();
    if (step > 0 && threadIdx.x % 128 == 0) arrive(&empty[(step - 1) % kStages]);
  }
  wgmma_wait<0>();
  pin(sums);
  store_sums<T>(sums, args, row0 + group * 64, col0);
}

template <typename T, bool kATransposed, bool kBTransposed>
CudaStatus plan(const HgemmArgs& args, HgemmWork& work) {
  const auto kernel = wgmma_producer<T, !kATransposed, kBTransposed>;
  static const cudaError_t kRaised =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytes);
  if (kRaised != cudaSuccess) return kRaised;
  TmaArgs made;
  if (const CudaStatus status = encode_args(made, args, kTileM, kTileN); status != cudaSuccess) return status;
  work = [made](CudaStream stream) -> CudaStatus {
    wgmma_producer<T, !kATransposed, kBTransposed>
        <<<static_cast<unsigned>(made.tile_rows * made.tile_cols), kThreads, kSharedBytes, stream>>>(made);
    return cudaGetLastError();
  };
  return cudaSuccess;
}

}  // namespace

CudaStatus plan_wgmma_producer(const HgemmArgs& args, HgemmWork& work) {
  return with_type_and_layout(args,
                              [&]<typename T, bool kA, bool kB>() { return plan<T, kA, kB>(args, work); });
}

}  // namespace assay::kernels
