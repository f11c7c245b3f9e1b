// SPDX-License-Identifier: Apache-2.0
// For small outputs: tiles of 64 x 64 or 128 x 128, and where those are too few for all multiprocessors, the
// 2 or 4 blocks of a cluster each add up their part of k. Then every block owns some columns of the tile: the
// others put their sums for them into its shared memory, and it adds them up in the order of k, so that one
// kernel is enough and the result is the same every time.
#include "kernels/dependent_launch.cuh"
#include "kernels/hgemm/cluster_sm90.cuh"
#include "kernels/hgemm/tensor_map.cuh"
#include "kernels/hgemm/tile_order.h"

namespace assay::kernels {
namespace {

using namespace hgemm;

constexpr int kBand = 8, kStages = 4, kMostParts = 4;

// Tiles of kSide x kSide: a warpgroup for each 64 rows, and the producer's warp.
template <int kSide>
struct Tile {
  static constexpr int kConsumers = kSide / 64, kMultiplying = kConsumers * 128, kThreads = kMultiplying + 32;
  static constexpr int kBytesA = kSide * kAtom * 2, kStageBytes = 2 * kBytesA;
  // Of each thread's sums, in fours; the place where a cluster's sums meet has room for all of them.
  static constexpr int kSums = kSide / 2, kFours = kSums / 4, kMeetBytes = kSide * kSide * 4;
  static constexpr int kSharedBytes = kStages * kStageBytes + kMeetBytes + kBoxAlignment;
};

template <typename T, int kSide, bool kDeepA, bool kDeepB>
__global__ void __launch_bounds__(Tile<kSide>::kThreads)
    wgmma_split_k(const __grid_constant__ TmaArgs args, int parts) {
  using Shape = Tile<kSide>;
  extern __shared__ unsigned char shared[];
  __shared__ std::uint64_t full[kStages], empty[kStages], met;
  unsigned char* ring = aligned_boxes(shared);
  const int part = cluster_rank();
  const TilePlace place =
      tile_in_bands(static_cast<int>(blockIdx.x) / parts, args.tile_rows, args.tile_cols, kBand);
  const int row0 = place.row * kSide, col0 = place.col * kSide;
  const int steps = (args.k + kAtom - 1) / kAtom;
  const int first = steps * part / parts, end = steps * (part + 1) / parts;  // at least one step
  let_next_grid_begin();
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < kStages; ++stage) {
      init_barrier(&full[stage], 1);
      init_barrier(&empty[stage], Shape::kConsumers);
    }
    init_barrier(&met, 1);
    publish_barriers();
  } else if (threadIdx.x == Shape::kMultiplying) {
    prefetch_map(&args.a);
    prefetch_map(&args.b);
  }
  __syncthreads();
  const int owned = Shape::kFours / parts;  // of each thread's fours of sums, by one block
  if (parts > 1) {
    if (threadIdx.x == 0) arrive_expecting(&met, (parts - 1) * owned * Shape::kMultiplying * 16);
    arrive_cluster();  // waited for where the others' shared memory and barriers must be there
  }
  wait_for_grids_before();

  RingPlace<kStages> at;
  if (threadIdx.x >= Shape::kMultiplying) {
    if (threadIdx.x == Shape::kMultiplying) {
      for (int step = first; step < end; ++step, at.advance()) {
        wait_barrier(&empty[at.stage], at.parity ^ 1);
        unsigned char* stage = ring + at.stage * Shape::kStageBytes;
        arrive_expecting(&full[at.stage], Shape::kStageBytes);
        load_operand<kDeepA, kSide>(stage, &args.a, &full[at.stage], row0, step * kAtom);
        load_operand<kDeepB, kSide>(stage + Shape::kBytesA, &args.b, &full[at.stage], col0, step * kAtom);
      }
    }
    __syncwarp();
    if (parts > 1) wait_cluster();
    return;
  }

  const int thread = static_cast<int>(threadIdx.x), group = thread / 128;
  float sums[Shape::kSums];
  int before = 0;
  for (int step = first; step < end; ++step, at.advance()) {
    const unsigned char* stage = ring + at.stage * Shape::kStageBytes;
    wait_barrier(&full[at.stage], at.parity);
    wgmma_fence();
    multiply_stage<T, kDeepA, kDeepB>(sums, stage + group * kBoxBytes, stage + Shape::kBytesA, step > first);
    wgmma_commit();
    wgmma_wait<1>();
    if (step > first && thread % 128 == 0) arrive(&empty[before]);
    before = at.stage;
  }
  wgmma_wait<0>();
  pin(sums);
  if (parts == 1) {
    store_sums<T>(sums, args, row0 + group * 64, col0);
    return;
  }

  // Fours [owner * owned, (owner + 1) * owned) of every thread belong to block `owner`, which finds those of
  // block `from` at [from][four % owned][thread].
  const int owned_log2 = __ffs(owned) - 1;
  unsigned char* meet = ring + kStages * Shape::kStageBytes + thread * 16;
  constexpr int kFourBytes = Shape::kMultiplying * 16;
  wait_cluster();
#pragma unroll
  for (int four = 0; four < Shape::kFours; ++four) {
    const float* s = sums + 4 * four;
    const int owner = four >> owned_log2;
    unsigned char* place_there = meet + (part * owned + (four & (owned - 1))) * kFourBytes;
    if (owner == part)
      *reinterpret_cast<float4*>(place_there) = float4{s[0], s[1], s[2], s[3]};
    else
      store_in_block(shared_of_block(place_there, owner), shared_of_block(&met, owner), s[0], s[1], s[2],
                     s[3]);
  }
  wait_barrier(&met, 0);  // all have come: nobody writes into this block from here on
  const T* c = static_cast<const T*>(args.c);
  T* d = static_cast<T*>(args.d);
  const int row = row0 + thread / 32 * 16 + thread % 32 / 4;
#pragma unroll 2
  for (int mine = 0; mine < owned; ++mine) {
    float4 all{0, 0, 0, 0};
#pragma unroll 2
    for (int from = 0; from < parts; ++from) {
      const float4 one = *reinterpret_cast<const float4*>(meet + (from * owned + mine) * kFourBytes);
      all = {all.x + one.x, all.y + one.y, all.z + one.z, all.w + one.w};
    }
    const int col = col0 + 8 * (part * owned + mine) + thread % 4 * 2;
    const std::int64_t at_d = static_cast<std::int64_t>(row) * args.n + col;
    if (row < args.m) store_pair(all.x, all.y, args.alpha, args.beta, c, d, at_d, args.n - col, true);
    if (row + 8 < args.m)
      store_pair(all.z, all.w, args.alpha, args.beta, c, d, at_d + 8 * static_cast<std::int64_t>(args.n),
                 args.n - col, true);
  }
}

template <typename T, int kSide, bool kDeepA, bool kDeepB>
CudaStatus plan_tile(const HgemmArgs& args, HgemmWork& work) {
  using Shape = Tile<kSide>;
  const auto kernel = wgmma_split_k<T, kSide, kDeepA, kDeepB>;
  static const cudaError_t kRaised =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, Shape::kSharedBytes);
  if (kRaised != cudaSuccess) return kRaised;
  TmaArgs made;
  if (const CudaStatus status = encode_args(made, args, kSide, kSide); status != cudaSuccess) return status;
  const int tiles = made.tile_rows * made.tile_cols, steps = (made.k + kAtom - 1) / kAtom;
  int parts = 1;
  while (parts < kMostParts && 2 * parts <= steps && 2 * parts * tiles <= multiprocessors()) parts *= 2;
  work = [made, parts, tiles](CudaStream stream) -> CudaStatus {
    cudaLaunchAttribute attributes[2] = {dependent_launch()};
    cudaLaunchAttribute& cluster = attributes[1];
    cluster.id = cudaLaunchAttributeClusterDimension;
    cluster.val.clusterDim.x = static_cast<unsigned>(parts);
    cluster.val.clusterDim.y = cluster.val.clusterDim.z = 1;
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(static_cast<unsigned>(tiles * parts));
    config.blockDim = dim3(Shape::kThreads);
    config.dynamicSmemBytes = Shape::kSharedBytes;
    config.stream = stream;
    config.attrs = attributes;
    config.numAttrs = 2;
    const cudaError_t launched =
        cudaLaunchKernelEx(&config, wgmma_split_k<T, kSide, kDeepA, kDeepB>, made, parts);
    return launched != cudaSuccess ? launched : cudaGetLastError();
  };
  return cudaSuccess;
}

// The larger tile where four blocks a tile at most can keep most of the multiprocessors busy.
template <typename T, bool kATransposed, bool kBTransposed>
CudaStatus plan(const HgemmArgs& args, HgemmWork& work) {
  if (blocks_of(args.m, 128) * blocks_of(args.n, 128) * kMostParts >= multiprocessors() * 3 / 4)
    return plan_tile<T, 128, !kATransposed, kBTransposed>(args, work);
  return plan_tile<T, 64, !kATransposed, kBTransposed>(args, work);
}

}  // namespace

CudaStatus plan_wgmma_split_k(const HgemmArgs& args, HgemmWork& work) {
  return with_type_and_layout(args,
                              [&]<typename T, bool kA, bool kB>() { return plan<T, kA, kB>(args, work); });
}

}  // namespace assay::kernels
