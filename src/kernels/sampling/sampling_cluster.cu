// SPDX-License-Identifier: Apache-2.0
// A cluster of 16 blocks a row: the row is read once, into registers of 16 multiprocessors. Each warp is a
// group; the 256 maxima go to every block through distributed shared memory, each block keeps its candidates,
// and the first block collects them and chooses.
#include <cooperative_groups.h>

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
constexpr unsigned kMaxOfBlock = 512;  // candidates
static_assert(kBlocks * kWarps == kGroups);

struct Shared {
  alignas(16) std::uint32_t maxima[kGroups];
  std::uint64_t best[kBlocks];  // of each block, where no candidates are needed
  std::uint64_t own[kMaxOfBlock];
  std::uint64_t keys[kMaxCandidates], sorted[kMaxCandidates];
  std::uint32_t threshold;
  unsigned count;
};

template <typename T>
__global__ void __launch_bounds__(kThreads, 1)
    cluster_row(const T* logits, unsigned vocab, long long row_stride, DeviceFilter filter,
                const std::uint64_t* seeds, std::int32_t* tokens) {
#if __CUDA_ARCH__ >= 900
  namespace cg = cooperative_groups;
  __shared__ Shared shared;
  const cg::cluster_group cluster = cg::this_cluster();
  const unsigned rank = cluster.block_rank();
  const unsigned row_number = blockIdx.x / kBlocks;
  const unsigned lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const T* row = logits + row_number * row_stride;
  const std::uint64_t seed = seeds[row_number];
  const Way way = way_of(filter, vocab);
  // Nobody may write to a block that has not begun; the wait comes after the loads.
  cluster.barrier_arrive();

  // Loads: all of them in flight at once.
  std::uint32_t orders[kPerThread];
  const unsigned first = rank * kThreads + threadIdx.x;
#pragma unroll
  for (int j = 0; j < kPerThread; ++j) {
    const unsigned i = first + static_cast<unsigned>(j) * kStride;
    orders[j] = i < vocab ? order_at(row, i) : 0;
  }
  std::uint32_t greatest = 0;
#pragma unroll
  for (int j = 0; j < kPerThread; ++j) greatest = max(greatest, orders[j]);
  greatest = __reduce_max_sync(kAll, greatest);
  if (threadIdx.x == 0) shared.count = 0;
  cluster.barrier_wait();

  // Maxima of the groups, to every block.
  if (lane < kBlocks) cluster.map_shared_rank(shared.maxima, lane)[rank * kWarps + warp] = greatest;
  cluster.sync();

  if (way == Way::kGreatest || way == Way::kNoiseOnAll) {
    // The greatest of all, then the best score; neither needs candidates.
    std::uint32_t of_lane = 0;
    for (unsigned g = lane; g < kGroups; g += 32) of_lane = max(of_lane, shared.maxima[g]);
    const float greatest_logit = logit_of(__reduce_max_sync(kAll, of_lane));
    std::uint64_t best = 0;
#pragma unroll
    for (int j = 0; j < kPerThread; ++j) {
      const unsigned i = first + static_cast<unsigned>(j) * kStride;
      if (i < vocab) {
        const float depth = depth_of(logit_of(orders[j]), greatest_logit, filter.inverse_temperature);
        const std::uint64_t key = key_of(way == Way::kGreatest ? orders[j] : score_of(depth, seed, i), i);
        best = key > best ? key : best;
      }
    }
    best = block_max<kThreads>(best);
    if (threadIdx.x == 0) cluster.map_shared_rank(shared.best, 0)[rank] = best;
    cluster.sync();
    if (rank != 0 || warp != 0) return;
    best = warp_max(lane < kBlocks ? shared.best[lane] : 0);
    if (lane == 0) tokens[row_number] = static_cast<std::int32_t>(index_in(best));
    return;
  }

  if (way == Way::kCandidates) {
    // Each block's candidates, in any order.
    find_threshold(shared.maxima, filter.top_k, &shared.threshold);
    __syncthreads();
    const std::uint32_t least = shared.threshold;
#pragma unroll
    for (int j = 0; j < kPerThread; ++j) {
      const unsigned i = first + static_cast<unsigned>(j) * kStride;
      if (i < vocab && orders[j] >= least) {
        const unsigned at = atomicAdd(&shared.count, 1u);
        if (at < kMaxOfBlock) shared.own[at] = key_of(orders[j], i);
      }
    }
    cluster.sync();
  }

  // The first block collects them: warp w those of block w.
  unsigned total = kMaxCandidates + 1;
  if (rank == 0 && way == Way::kCandidates) {
    unsigned count = lane < kBlocks ? *cluster.map_shared_rank(&shared.count, lane) : 0;
    const bool fits = __all_sync(kAll, count <= kMaxOfBlock);
    unsigned end = count;
#pragma unroll
    for (int step = 1; step < kBlocks; step *= 2) {
      const unsigned below = __shfl_up_sync(kAll, end, step);
      if (lane >= static_cast<unsigned>(step)) end += below;
    }
    const unsigned sum = __shfl_sync(kAll, end, kBlocks - 1);
    count = __shfl_sync(kAll, count, warp);
    const unsigned begin = __shfl_sync(kAll, end, warp) - count;
    if (fits && sum <= kMaxCandidates) {
      total = sum;
      const std::uint64_t* theirs = cluster.map_shared_rank(shared.own, warp);
      for (unsigned i = lane; i < count; i += 32) shared.keys[begin + i] = theirs[i];
    }
  }
  cluster.sync();  // the others may go
  if (rank != 0) return;
  const std::int32_t chosen = total <= kMaxCandidates
                                  ? choose<kThreads>(shared.keys, total, shared.sorted, filter, seed)
                                  : choose_from_row<kThreads>(row, vocab, filter, seed);
  if (threadIdx.x == 0) tokens[row_number] = chosen;
#else
  (void)logits, (void)vocab, (void)row_stride, (void)filter, (void)seeds, (void)tokens;
#endif
}

template <typename T>
CudaStatus launch(const SampleArgs& a, CudaStream stream) {
  // 16 blocks are more than every device is promised to have room for.
  static const cudaError_t kAllowed =
      cudaFuncSetAttribute(cluster_row<T>, cudaFuncAttributeNonPortableClusterSizeAllowed, 1);
  if (kAllowed != cudaSuccess) return kAllowed;
  cudaLaunchAttribute attribute = {};
  attribute.id = cudaLaunchAttributeClusterDimension;
  attribute.val.clusterDim.x = kBlocks;
  attribute.val.clusterDim.y = 1;
  attribute.val.clusterDim.z = 1;
  cudaLaunchConfig_t config = {};
  config.gridDim = static_cast<unsigned>(a.rows * kBlocks);
  config.blockDim = kThreads;
  config.stream = stream;
  config.attrs = &attribute;
  config.numAttrs = 1;
  const cudaError_t status = cudaLaunchKernelEx(
      &config, cluster_row<T>, static_cast<const T*>(a.logits), static_cast<unsigned>(a.vocab),
      static_cast<long long>(a.row_stride), device_filter(a), a.seeds, a.tokens);
  return status != cudaSuccess ? status : cudaGetLastError();
}

}  // namespace
}  // namespace sampling

CudaStatus sample_cluster(const SampleArgs& args, CudaStream stream) {
  if (args.vocab < 1 || args.vocab > sampling::kMaxVocab) return cudaErrorNotSupported;
  if (args.rows > 0x7FFFFFFF / sampling::kBlocks) return cudaErrorInvalidValue;
  if (args.rows == 0) return cudaSuccess;
  if (args.type == DType::kF32) return sampling::launch<float>(args, stream);
  if (args.type == DType::kBF16) return sampling::launch<__nv_bfloat16>(args, stream);
  return cudaErrorNotSupported;
}

}  // namespace assay::kernels
