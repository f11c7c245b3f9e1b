// SPDX-License-Identifier: Apache-2.0
// For products that fill the device about once: tiles of 64 x 128, or of 64 x 64 for the smallest, all of k
// in one block, so that no sums have to be exchanged. One warpgroup multiplies. The first eight stages are
// asked for before anybody waits. Up to four blocks, one above the other, share B: each asks for its part of
// it, and TMA writes what comes into all of them. A stays private: its first boxes need not wait for the
// cluster.
#include "kernels/dependent_launch.cuh"
#include "kernels/hgemm/cluster_sm90.cuh"
#include "kernels/hgemm/tensor_map.cuh"

namespace assay::kernels {
namespace {

using namespace hgemm;

constexpr int kTileM = 64, kStages = 8;
constexpr int kMostDown = 4;  // blocks that share B
constexpr int kMultiplying = 128, kThreads = kMultiplying + 32;

template <int kTileN>
struct Tile {
  static constexpr int kBytesA = kTileM * kAtom * 2, kBytesB = kTileN * kAtom * 2;
  static constexpr int kStageBytes = kBytesA + kBytesB, kOutBytes = kTileM * kTileN * 2;
  static constexpr int kSharedBytes = kStages * kStageBytes + kOutBytes + kBoxAlignment;
  static_assert(kSharedBytes + 256 <= 227 * 1024);
};

// This block's share of one stage of B: kTileN / down columns where B is deep; else a part of the boxes of 64
// columns, which may be some of a box's steps of k.
template <int kTileN, bool kDeepB>
__device__ void load_share(unsigned char* to, const CUtensorMap* map, std::uint64_t* full, int col0, int k0,
                           int rank, int down) {
  const int share = Tile<kTileN>::kBytesB >> (__ffs(down) - 1),
            piece = kDeepB || share < kBoxBytes ? share : kBoxBytes;
  for (int at = rank * share; at < (rank + 1) * share; at += piece) {
    const int x = kDeepB ? k0 : col0 + at / kBoxBytes * kAtom;
    const int y = kDeepB ? col0 + at / 128 : k0 + at % kBoxBytes / 128;
    if (down == 1)
      load_box(to + at, map, full, x, y);
    else
      share_box(to + at, map, full, x, y, static_cast<std::uint16_t>((1 << down) - 1));
  }
}

// Each warp turns its own 16 rows around in `out`, so that its stores are whole rows of 128 bytes.
template <typename T, int kTileN>
__device__ void store_rows(const float (&sums)[kTileN / 2], const TmaArgs& args, unsigned char* out, int row0,
                           int col0) {
  const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
  // The row and the half of a column pair whose address this lane gives to stmatrix.
  const int row = warp * 16 + lane % 16, right = lane / 16;
#pragma unroll
  for (int i = 0; i < kTileN / 2; i += 8) {
    const int box = i / 32, pair = i % 32 / 8;
    store_matrices(shared_of(out) + static_cast<std::uint32_t>(box * kBoxBytes + row * 128 +
                                                               (((pair * 2 + right) ^ (row % 8)) * 16)),
                   pack<T>(args.alpha * sums[i], args.alpha * sums[i + 1]),
                   pack<T>(args.alpha * sums[i + 2], args.alpha * sums[i + 3]),
                   pack<T>(args.alpha * sums[i + 4], args.alpha * sums[i + 5]),
                   pack<T>(args.alpha * sums[i + 6], args.alpha * sums[i + 7]));
  }
  __syncwarp();
  T* d = static_cast<T*>(args.d);
#pragma unroll
  for (int i = 0; i < kTileN / 16; ++i) {
    const int box = i / 4, from = warp * 16 + i % 4 * 4 + lane / 8, chunk = lane % 8;
    const uint4 eight =
        *reinterpret_cast<const uint4*>(out + box * kBoxBytes + from * 128 + ((chunk ^ (from % 8)) * 16));
    const int col = col0 + box * kAtom + chunk * 8;
    if (row0 + from < args.m && col < args.n)
      *reinterpret_cast<uint4*>(d + static_cast<std::int64_t>(row0 + from) * args.n + col) = eight;
  }
}

template <typename T, int kTileN, bool kDeepA, bool kDeepB>
__global__ void __launch_bounds__(kThreads, 1)
    wgmma_one_wave(const __grid_constant__ TmaArgs args, int down) {
  using Shape = Tile<kTileN>;
  extern __shared__ unsigned char shared[];
  __shared__ std::uint64_t full[kStages], empty[kStages];
  unsigned char* ring = aligned_boxes(shared);
  const int rank = cluster_rank();
  // Clusters lie along x, so that finding the tile takes no division. It may be below the last row.
  const int row0 = static_cast<int>(blockIdx.x) * kTileM, col0 = static_cast<int>(blockIdx.y) * kTileN;
  const int steps = (args.k + kAtom - 1) / kAtom, at_once = steps < kStages ? steps : kStages;
  const bool asks = threadIdx.x == kMultiplying;
  let_next_grid_begin();
  if (asks) {
    prefetch_map(&args.a);
    prefetch_map(&args.b);
    for (int stage = 0; stage < kStages; ++stage) {
      init_barrier(&full[stage], 1);
      init_barrier(&empty[stage], down);
    }
    publish_barriers();
  }
  if (down > 1) arrive_cluster();
  wait_for_grids_before();
  if (asks) {
    for (int step = 0; step < at_once; ++step) {
      unsigned char* stage = ring + step * Shape::kStageBytes;
      arrive_expecting(&full[step], Shape::kStageBytes);
      load_operand<kDeepA, kTileM>(stage, &args.a, &full[step], row0, step * kAtom);
      if (down == 1)
        load_share<kTileN, kDeepB>(stage + Shape::kBytesA, &args.b, &full[step], col0, step * kAtom, 0, 1);
    }
  }
  if (down > 1)
    wait_cluster();  // the barriers of all blocks are there
  else
    __syncthreads();

  if (threadIdx.x >= kMultiplying) {
    if (asks) {
      if (down > 1)
        for (int step = 0; step < at_once; ++step)
          load_share<kTileN, kDeepB>(ring + step * Shape::kStageBytes + Shape::kBytesA, &args.b, &full[step],
                                     col0, step * kAtom, rank, down);
      for (int step = kStages; step < steps; ++step) {
        const int at = step % kStages;
        wait_barrier(&empty[at], (step / kStages - 1) & 1);  // by the consumers of all blocks
        unsigned char* stage = ring + at * Shape::kStageBytes;
        arrive_expecting(&full[at], Shape::kStageBytes);
        load_operand<kDeepA, kTileM>(stage, &args.a, &full[at], row0, step * kAtom);
        load_share<kTileN, kDeepB>(stage + Shape::kBytesA, &args.b, &full[at], col0, step * kAtom, rank,
                                   down);
      }
    }
    return;
  }

  float sums[kTileN / 2];
  for (int step = 0; step < steps; ++step) {
    const unsigned char* stage = ring + step % kStages * Shape::kStageBytes;
    wait_barrier(&full[step % kStages], step / kStages & 1);
    wgmma_fence();
    multiply_stage<T, kDeepA, kDeepB>(sums, stage, stage + Shape::kBytesA, step > 0);
    wgmma_commit();
    wgmma_wait<1>();
    // Only stages that will be filled again are given back: each of these arrivals is waited for by the block
    // it goes to, so that none comes after that block has left.
    if (step > 0 && step - 1 + kStages < steps && threadIdx.x < down)
      arrive_in_block(&empty[(step - 1) % kStages], static_cast<int>(threadIdx.x));
  }
  wgmma_wait<0>();
  pin(sums);
  if (down > 1) arrive_cluster();  // everything asked for on behalf of this block has come
  if (args.beta != 0)
    store_sums<T>(sums, args, row0, col0);
  else
    store_rows<T, kTileN>(sums, args, ring + kStages * Shape::kStageBytes, row0, col0);
  if (down > 1) wait_cluster();  // what this block asked for on behalf of the others has come, too
}

struct Config : cudaLaunchConfig_t {
  cudaLaunchAttribute attributes[2];
};

// A block for each tile, in clusters of `down`, of which the last may lie partly below the output.
template <int kTileN>
void configure(Config& config, const TmaArgs& made, int down) {
  config = {};
  config.attributes[0] = dependent_launch();
  cudaLaunchAttribute& cluster = config.attributes[1];
  cluster.id = cudaLaunchAttributeClusterDimension;
  cluster.val.clusterDim.x = static_cast<unsigned>(down);
  cluster.val.clusterDim.y = cluster.val.clusterDim.z = 1;
  config.gridDim = dim3(static_cast<unsigned>((made.tile_rows + down - 1) / down * down),
                        static_cast<unsigned>(made.tile_cols));
  config.blockDim = dim3(kThreads);
  config.dynamicSmemBytes = Tile<kTileN>::kSharedBytes;
  config.attrs = config.attributes;
  config.numAttrs = down > 1 ? 2 : 1;
}

template <typename T, int kTileN, bool kDeepA, bool kDeepB>
CudaStatus plan_tile(const HgemmArgs& args, HgemmWork& work) {
  using Shape = Tile<kTileN>;
  const auto kernel = wgmma_one_wave<T, kTileN, kDeepA, kDeepB>;
  static const cudaError_t kRaised =
      cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, Shape::kSharedBytes);
  if (kRaised != cudaSuccess) return kRaised;
  TmaArgs made;
  if (const CudaStatus status = encode_args(made, args, kTileM, kTileN); status != cudaSuccess) return status;
  if (!fits_grid(made.tile_rows, made.tile_cols)) return cudaErrorInvalidValue;
  // Clusters lie within a group of multiprocessors, so that not all of these can always be used.
  const auto is_one_wave = [&](int down) {
    Config config;
    configure<kTileN>(config, made, down);
    int clusters = 0;
    if (cudaOccupancyMaxActiveClusters(&clusters, kernel, &config) != cudaSuccess) {
      static_cast<void>(cudaGetLastError());
      return false;
    }
    return config.gridDim.x * config.gridDim.y <= static_cast<unsigned>(clusters * down);
  };
  // A product that the ring holds all of is a matter of latency, and clusters start later.
  int down = 1;
  if (kTileN > 64 || made.k > kStages * kAtom) {
    down = kMostDown;
    while (down > 1 && (down > made.tile_rows || (down > 2 && !is_one_wave(down)))) down /= 2;
  }
  const int boxes = Shape::kBytesB / kBoxBytes;
  const CudaStatus status = kDeepB ? encode_map(made.b, args.type, args.b, args.n, args.k, kTileN / down)
                                   : encode_map(made.b, args.type, args.b, args.k, args.n,
                                                down > boxes ? kAtom * boxes / down : kAtom);
  if (status != cudaSuccess) return status;
  work = [made, down](CudaStream stream) -> CudaStatus {
    Config config;
    configure<kTileN>(config, made, down);
    config.stream = stream;
    const cudaError_t launched =
        cudaLaunchKernelEx(&config, wgmma_one_wave<T, kTileN, kDeepA, kDeepB>, made, down);
    return launched != cudaSuccess ? launched : cudaGetLastError();
  };
  return cudaSuccess;
}

// The wider tile where it keeps three quarters of the multiprocessors busy.
template <typename T, bool kATransposed, bool kBTransposed>
CudaStatus plan(const HgemmArgs& args, HgemmWork& work) {
  if (blocks_of(args.m, kTileM) * blocks_of(args.n, 128) * 4 >= multiprocessors() * 3)
    return plan_tile<T, 128, !kATransposed, kBTransposed>(args, work);
  return plan_tile<T, 64, !kATransposed, kBTransposed>(args, work);
}

}  // namespace

CudaStatus plan_wgmma_one_wave(const HgemmArgs& args, HgemmWork& work) {
  return with_type_and_layout(args,
                              [&]<typename T, bool kA, bool kB>() { return plan<T, kA, kB>(args, work); });
}

}  // namespace assay::kernels
