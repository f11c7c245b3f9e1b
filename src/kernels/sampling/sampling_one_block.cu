// SPDX-License-Identifier: Apache-2.0
// One block a row. Two passes over the row, the second from the L2 cache: maxima of 256 groups of tokens,
// then the candidates that reach the k-th greatest of them.
#include "kernels/sampling/sampling_device.cuh"

namespace assay::kernels {
namespace sampling {
namespace {

constexpr int kThreads = 1024;
constexpr int kGroupsPerWarp = kGroups / (kThreads / 32);

template <typename T>
__global__ void __launch_bounds__(kThreads, 1)
    one_block(const T* logits, unsigned vocab, long long row_stride, DeviceFilter filter,
              const std::uint64_t* seeds, std::int32_t* tokens) {
  __shared__ alignas(16) std::uint32_t maxima[kGroups];
  __shared__ std::uint64_t keys[kMaxCandidates];
  __shared__ Choice choice;
  __shared__ unsigned count;
  const T* row = logits + blockIdx.x * row_stride;
  const std::uint64_t seed = seeds[blockIdx.x];
  std::int32_t* token = tokens + blockIdx.x;
  if (vocab == 0) {
    if (threadIdx.x == 0) *token = -1;
    return;
  }
  const Way way = way_of(filter, vocab);
  if (way != Way::kCandidates) {
    const std::int32_t chosen = choose_from_row<kThreads>(row, vocab, filter, seed);
    if (threadIdx.x == 0) *token = chosen;
    return;
  }

  // Maxima: token i is in group i / 1024 % 8 of its warp.
  std::uint32_t of_group[kGroupsPerWarp] = {};
  for (unsigned base = threadIdx.x; base < vocab; base += kGroupsPerWarp * kThreads) {
    std::uint32_t bits[kGroupsPerWarp];
#pragma unroll
    for (int g = 0; g < kGroupsPerWarp; ++g) {
      const unsigned i = base + static_cast<unsigned>(g) * kThreads;
      bits[g] = bits_if(row, i, i < vocab);
    }
#pragma unroll
    for (int g = 0; g < kGroupsPerWarp; ++g) {
      if (base + static_cast<unsigned>(g) * kThreads < vocab)
        of_group[g] = max(of_group[g], order_of(__uint_as_float(bits[g])));
    }
  }
#pragma unroll
  for (int g = 0; g < kGroupsPerWarp; ++g) {
    const std::uint32_t greatest = __reduce_max_sync(kAll, of_group[g]);
    if (threadIdx.x % 32 == 0) maxima[threadIdx.x / 32 * kGroupsPerWarp + g] = greatest;
  }
  if (threadIdx.x == 0) count = 0;
  __syncthreads();
  const Threshold threshold = find_threshold(maxima, filter.top_k);

  // Candidates, in any order.
  const std::uint32_t least = threshold.least;
  for (unsigned base = threadIdx.x; base < vocab; base += kGroupsPerWarp * kThreads) {
    std::uint32_t bits[kGroupsPerWarp];
#pragma unroll
    for (int g = 0; g < kGroupsPerWarp; ++g) {
      const unsigned i = base + static_cast<unsigned>(g) * kThreads;
      bits[g] = bits_if(row, i, i < vocab);
    }
#pragma unroll
    for (int g = 0; g < kGroupsPerWarp; ++g) {
      const unsigned i = base + static_cast<unsigned>(g) * kThreads;
      const std::uint32_t order = order_of(__uint_as_float(bits[g]));
      if (i < vocab && order >= least) {
        const unsigned at = atomicAdd(&count, 1u);
        if (at < kMaxCandidates) keys[at] = key_of(order, i);
      }
    }
  }
  __syncthreads();
  const std::int32_t chosen =
      count <= kMaxCandidates
          ? choose<kThreads>(keys, count, logit_of(threshold.greatest), choice, filter, seed)
          : choose_from_row<kThreads>(row, vocab, filter, seed);
  if (threadIdx.x == 0) *token = chosen;
}

template <typename T>
CudaStatus launch(const SampleArgs& a, CudaStream stream) {
  one_block<T><<<static_cast<unsigned>(a.rows), kThreads, 0, stream>>>(
      static_cast<const T*>(a.logits), static_cast<unsigned>(a.vocab), a.row_stride, device_filter(a),
      a.seeds, a.tokens);
  return cudaGetLastError();
}

}  // namespace
}  // namespace sampling

CudaStatus sample_one_block(const SampleArgs& args, CudaStream stream) {
  if (args.vocab < 0 || args.vocab > 0x7FFFFFFF || args.rows > 0x7FFFFFFF) return cudaErrorInvalidValue;
  if (args.rows == 0) return cudaSuccess;
  if (args.type == DType::kF32) return sampling::launch<float>(args, stream);
  if (args.type == DType::kBF16) return sampling::launch<__nv_bfloat16>(args, stream);
  return cudaErrorNotSupported;
}

}  // namespace assay::kernels
