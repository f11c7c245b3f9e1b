// SPDX-License-Identifier: Apache-2.0
// Rung 7: 128 x 256 outputs a block. Each stage of 48 KB feeds twice the products of a 128 x 128 tile's 32
// KB, so that shared memory and L2 are read a quarter less for each flop. 128 sums a thread need registers:
// the producer's warpgroup gives its own to the two consumers (setmaxnreg).
#include "kernels/hgemm/tensor_map.cuh"
#include "kernels/hgemm/tile_order.h"
#include "kernels/hgemm/wgmma_sm90.cuh"

namespace assay::kernels {
namespace {

using namespace hgemm;

constexpr int kTileM = 128, kTileN = 256, kStages = 4, kBand = 8;
constexpr int kConsumers = 2, kThreads = (kConsumers + 1) * 128;
constexpr int kProducerRegisters = 40, kConsumerRegisters = 232;
static_assert(128 * (kProducerRegisters + kConsumers * kConsumerRegisters) <= 65'536);
constexpr int kBytesA = kTileM * kAtom * 2, kBytesB = kTileN * kAtom * 2, kStageBytes = kBytesA + kBytesB;
constexpr int kSharedBytes = kStages * kStageBytes + kBoxAlignment;

template <typename T, bool kDeepA, bool kDeepB>
__global__ void __launch_bounds__(kThreads, 1) wgmma_128x256(const __grid_constant__ TmaArgs args) {
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

  RingPlace<kStages> at;
  if (threadIdx.x >= kConsumers * 128) {
    give_registers<kProducerRegisters>();
    if (threadIdx.x == kConsumers * 128) {
      for (int step = 0; step < steps; ++step, at.advance()) {
        wait_barrier(&empty[at.stage], at.parity ^ 1);
        unsigned char* tile = ring + at.stage * kStageBytes;
        arrive_expecting(&full[at.stage], kStageBytes);
        load_operand<kDeepA, kTileM>(tile, &args.a, &full[at.stage], row0, step * kAtom);
        load_operand<kDeepB, kTileN>(tile + kBytesA, &args.b, &full[at.stage], col0, step * kAtom);
      }
    }
  } else {
    take_registers<kConsumerRegisters>();
    const int group = static_cast<int>(threadIdx.x) / 128;
    float sums[kTileN / 2];
    int before = 0;
    for (int step = 0; step < steps; ++step, at.advance()) {
      const unsigned char* tile = ring + at.stage * kStageBytes;
      wait_barrier(&full[at.stage], at.parity);
      wgmma_fence();
      multiply_stage<T, kDeepA, kDeepB>(sums, tile + group * kBoxBytes, tile + kBytesA, step > 0);
      wgmma_commit();
      wgmma_wait<1>();
      if (step > 0 && threadIdx.x % 128 == 0) arrive(&empty[before]);
      before = at.stage;
    }
    wgmma_wait<0>();
    pin(sums);
    store_sums<T>(sums, args, row0 + group * 64, col0);
  }
}

template <typename T, bool kATransposed, bool kBTransposed>
CudaStatus plan(const HgemmArgs& args, HgemmWork& work) {
  const auto kernel = wgmma_128x256<T, !kATransposed, kBTransposed>;
  static const cudaError_t kRaised =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kSharedBytes);
  if (kRaised != cudaSuccess) return kRaised;
  TmaArgs made;
  if (const CudaStatus status = encode_args(made, args, kTileM, kTileN); status != cudaSuccess) return status;
  work = [made](CudaStream stream) -> CudaStatus {
    wgmma_128x256<T, !kATransposed, kBTransposed>
        <<<static_cast<unsigned>(made.tile_rows * made.tile_cols), kThreads, kSharedBytes, stream>>>(made);
    return cudaGetLastError();
  };
  return cudaSuccess;
}

}  // namespace

CudaStatus plan_wgmma_128x256(const HgemmArgs& args, HgemmWork& work) {
  return with_type_and_layout(args,
                              [&]<typename T, bool kA, bool kB>() { return plan<T, kA, kB>(args, work); });
}

}  // namespace assay::kernels
