// SPDX-License-Identifier: Apache-2.0
// A cluster of 16 blocks a row: the row is read once, into registers of 16 multiprocessors. Each warp is a
// group; the 256 maxima go to every block through distributed shared memory, each block sends its candidates
// to the first one, and that one chooses. With a dependent launch the blocks come while the kernel before
// runs; they touch nothing until it has ended.
#include <cooperative_groups.h>

#include "kernels/dependent_launch.cuh"
#include "kernels/sampling/sampling_device.cuh"

namespace assay::kernels {
namespace sampling {
namespace {

constexpr int kBlocks = 16;
constexpr int kThreads = 512;
constexpr int kWarps = kThreads / 32;
constexpr int kPerThread = 20;
constexpr int kStride = kBlocks * kThreads;
constexpr std::int64_t kMaxVocab = static_cast<std::int64_t>(kPerThread) * kStride;
constexpr unsigned kMaxOfBlock = kMaxCandidates / kBlocks;
static_assert(kBlocks * kWarps == kGroups);

struct Shared {
  alignas(16) std::uint32_t maxima[kGroups];
  std::uint64_t best[kBlocks];                    // of each block, where no candidates are needed
  std::uint64_t of_block[kBlocks * kMaxOfBlock];  // candidates' keys in the first block; 0: none
  std::uint64_t keys[kMaxCandidates];
  Choice choice;
  unsigned count;     // of this block's candidates; then, in the first block, of all
  unsigned too_many;  // in the first block
};

#if __CUDA_ARCH__ >= 900
// The token of the greatest key of all threads of the cluster.
__device__ inline void choose_best(Shared& shared, const cooperative_groups::cluster_group& cluster,
                                   std::uint64_t best, std::int32_t* token) {
  best = block_max<kThreads>(best);
  if (threadIdx.x == 0) cluster.map_shared_rank(shared.best, 0)[cluster.block_rank()] = best;
  cluster.sync();
  if (cluster.block_rank() != 0 || threadIdx.x >= 32) return;
  best = warp_max(threadIdx.x < kBlocks ? shared.best[threadIdx.x] : 0);
  if (threadIdx.x == 0) *token = static_cast<std::int32_t>(index_in(best));
}
#endif

template <typename T>
__global__ void __launch_bounds__(kThreads, 1)
    cluster_row(const T* logits, unsigned vocab, long long row_stride, DeviceFilter filter,
                const std::uint64_t* seeds, std::int32_t* tokens) {
#if __CUDA_ARCH__ >= 900
  namespace cg = cooperative_groups;
  __shared__ Shared shared;
  const cg::cluster_group cluster = cg::this_cluster();
  wait_for_grids_before();
  let_next_grid_begin();
  const unsigned rank = cluster.block_rank();
  const unsigned row_number = blockIdx.x / kBlocks;
  const unsigned lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const T* row = logits + row_number * row_stride;
  const std::uint64_t seed = seeds[row_number];
  const Way way = way_of(filter, vocab);
  // Nobody may write to a block that has not begun; the wait comes after the loads.
  asm volatile("barrier.cluster.arrive.relaxed.aligned;" ::: "memory");

  // Loads: all of them in flight at once.
  std::uint32_t orders[kPerThread];
  const unsigned first = rank * kThreads + threadIdx.x;
#pragma unroll
  for (int j = 0; j < kPerThread; ++j) {
    const unsigned i = first + static_cast<unsigned>(j) * kStride;
    orders[j] = bits_if(row, i, i < vocab);
  }
#pragma unroll
  for (int j = 0; j < kPerThread; ++j) {
    const bool exists = first + static_cast<unsigned>(j) * kStride < vocab;
    orders[j] = exists ? order_of(__uint_as_float(orders[j])) : 0;
  }
  std::uint32_t greatest = 0;
#pragma unroll
  for (int j = 0; j < kPerThread; ++j) greatest = max(greatest, orders[j]);
  greatest = __reduce_max_sync(kAll, greatest);
  if (threadIdx.x == 0) shared.count = shared.too_many = 0;
  for (unsigned i = threadIdx.x; i < kBlocks * kMaxOfBlock; i += kThreads) shared.of_block[i] = 0;
  asm volatile("barrier.cluster.wait.aligned;" ::: "memory");

  if (way == Way::kGreatest) {
    std::uint64_t best = 0;
#pragma unroll
    for (int j = 0; j < kPerThread; ++j) {
      const unsigned i = first + static_cast<unsigned>(j) * kStride;
      const std::uint64_t key = i < vocab ? key_of(orders[j], i) : 0;
      best = key > best ? key : best;
    }
    choose_best(shared, cluster, best, tokens + row_number);
    return;
  }

  // Maxima of the groups, to every block.
  if (lane < kBlocks) cluster.map_shared_rank(shared.maxima, lane)[rank * kWarps + warp] = greatest;
  cluster.sync();

  if (way == Way::kNoiseOnAll) {
    std::uint32_t of_lane = 0;
    for (unsigned g = lane; g < kGroups; g += 32) of_lane = max(of_lane, shared.maxima[g]);
    const float greatest_logit = logit_of(__reduce_max_sync(kAll, of_lane));
    std::uint64_t best = 0;
#pragma unroll
    for (int j = 0; j < kPerThread; ++j) {
      const unsigned i = first + static_cast<unsigned>(j) * kStride;
      if (i < vocab) {
        const float depth = depth_of(logit_of(orders[j]), greatest_logit, filter.inverse_temperature);
        const std::uint64_t key = key_of(score_of(depth, seed, i), i);
        best = key > best ? key : best;
      }
    }
    choose_best(shared, cluster, best, tokens + row_number);
    return;
  }

  Threshold threshold{};
  if (way == Way::kCandidates) {
    // Each block's candidates, in any order, to its part of the first block's list.
    threshold = find_threshold(shared.maxima, filter.top_k);
    Shared* leader = cluster.map_shared_rank(&shared, 0);
#pragma unroll
    for (int j = 0; j < kPerThread; ++j) {
      const unsigned i = first + static_cast<unsigned>(j) * kStride;
      if (i < vocab && orders[j] >= threshold.least) {
        const unsigned at = atomicAdd(&shared.count, 1u);
        if (at < kMaxOfBlock)
          leader->of_block[rank * kMaxOfBlock + at] = key_of(orders[j], i);
        else
          leader->too_many = 1;
      }
    }
  }
  cluster.sync();
  if (rank != 0) return;

  // The first block gathers what came and chooses.
  std::int32_t chosen;
  if (way == Way::kCandidates && shared.too_many == 0) {
    if (threadIdx.x == 0) shared.count = 0;
    __syncthreads();
    for (unsigned i = threadIdx.x; i < kBlocks * kMaxOfBlock; i += kThreads) {
      const std::uint64_t key = shared.of_block[i];
      if (key != 0) shared.keys[atomicAdd(&shared.count, 1u)] = key;
    }
    __syncthreads();
    chosen = choose<kThreads>(shared.keys, shared.count, logit_of(threshold.greatest), shared.choice, filter,
                              seed);
  } else {
    chosen = choose_from_row<kThreads>(row, vocab, filter, seed);
  }
  if (threadIdx.x == 0) tokens[row_number] = chosen;
#else
  (void)logits, (void)vocab, (void)row_stride, (void)filter, (void)seeds, (void)tokens;
#endif
}

template <typename T>
CudaStatus launch(const SampleArgs& a, CudaStream stream, bool dependent) {
  // 16 blocks are more than every device is promised to have room for.
  static const cudaError_t kAllowed =
      cudaFuncSetAttribute(cluster_row<T>, cudaFuncAttributeNonPortableClusterSizeAllowed, 1);
  if (kAllowed != cudaSuccess) return kAllowed;
  cudaLaunchAttribute attributes[2] = {};
  attributes[0].id = cudaLaunchAttributeClusterDimension;
  attributes[0].val.clusterDim.x = kBlocks;
  attributes[0].val.clusterDim.y = 1;
  attributes[0].val.clusterDim.z = 1;
  attributes[1] = dependent_launch();
  cudaLaunchConfig_t config = {};
  config.gridDim = static_cast<unsigned>(a.rows * kBlocks);
  config.blockDim = kThreads;
  config.stream = stream;
  config.attrs = attributes;
  config.numAttrs = dependent ? 2 : 1;
  const cudaError_t status = cudaLaunchKernelEx(
      &config, cluster_row<T>, static_cast<const T*>(a.logits), static_cast<unsigned>(a.vocab),
      static_cast<long long>(a.row_stride), device_filter(a), a.seeds, a.tokens);
  return status != cudaSuccess ? status : cudaGetLastError();
}

CudaStatus sample(const SampleArgs& args, CudaStream stream, bool dependent) {
  if (args.vocab < 1 || args.vocab > kMaxVocab) return cudaErrorNotSupported;
  if (args.rows > 0x7FFFFFFF / kBlocks) return cudaErrorInvalidValue;
  if (args.rows == 0) return cudaSuccess;
  if (args.type == DType::kF32) return launch<float>(args, stream, dependent);
  if (args.type == DType::kBF16) return launch<__nv_bfloat16>(args, stream, dependent);
  return cudaErrorNotSupported;
}

}  // namespace
}  // namespace sampling

CudaStatus sample_cluster(const SampleArgs& args, CudaStream stream) {
  return sampling::sample(args, stream, false);
}

CudaStatus sample_cluster_dependent(const SampleArgs& args, CudaStream stream) {
  return sampling::sample(args, stream, true);
}

}  // namespace assay::kernels
