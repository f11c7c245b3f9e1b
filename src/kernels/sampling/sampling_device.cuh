// SPDX-License-Identifier: Apache-2.0
#pragma once
// What both kernels share on the device. The quick way needs few candidates: the k-th greatest of 256 groups'
// maxima is no greater than the k-th greatest logit (k different logits are at least as great), so what lies
// below it is out; about k + k^2/512 candidates are left of logits in no particular order, and one block
// ranks them. The sure way (select_key) is a radix selection over 64-bit keys: for any k, top-p of
// everything, and too many equal logits.
#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <cstdint>

#include "kernels/sampling/sampling.h"
#include "kernels/sampling/sampling_math.h"

namespace assay::kernels::sampling {

constexpr int kGroups = 256;
constexpr int kMaxCandidates = 1024;
constexpr unsigned kAll = 0xFFFFFFFFu;

struct DeviceFilter {
  float inverse_temperature;  // 0: the greatest logit
  unsigned top_k;             // vocab if there is no top-k
  float top_p;
};

[[nodiscard]] inline DeviceFilter device_filter(const SampleArgs& a) {
  const bool has_k = a.filter.top_k > 0 && a.filter.top_k < a.vocab;
  return {a.filter.temperature > 0 ? 1.0f / a.filter.temperature : 0.0f,
          has_k ? static_cast<unsigned>(a.filter.top_k) : static_cast<unsigned>(a.vocab), a.filter.top_p};
}

// How a row is sampled.
enum class Way { kGreatest, kNoiseOnAll, kCandidates, kSelect };

__device__ inline Way way_of(const DeviceFilter& f, unsigned vocab) {
  if (f.inverse_temperature == 0.0f) return Way::kGreatest;
  if (f.top_k == vocab && f.top_p >= 1.0f) return Way::kNoiseOnAll;
  return f.top_k <= kGroups ? Way::kCandidates : Way::kSelect;
}

__device__ inline std::uint32_t order_at(const float* row, unsigned i) { return order_of(__ldg(row + i)); }
__device__ inline std::uint32_t order_at(const __nv_bfloat16* row, unsigned i) {
  const unsigned short bits = __ldg(reinterpret_cast<const unsigned short*>(row) + i);
  return order_of(__uint_as_float(static_cast<unsigned>(bits) << 16));
}

// In every lane.
__device__ inline std::uint64_t warp_max(std::uint64_t key) {
#pragma unroll
  for (int step = 16; step > 0; step /= 2) {
    const std::uint64_t other = __shfl_xor_sync(kAll, key, step);
    key = other > key ? other : key;
  }
  return key;
}
__device__ inline std::uint64_t warp_sum(std::uint64_t value) {
#pragma unroll
  for (int step = 16; step > 0; step /= 2) value += __shfl_xor_sync(kAll, value, step);
  return value;
}
__device__ inline std::uint64_t warp_inclusive_sum(std::uint64_t value) {
#pragma unroll
  for (int step = 1; step < 32; step *= 2) {
    const std::uint64_t below = __shfl_up_sync(kAll, value, step);
    if (threadIdx.x % 32 >= static_cast<unsigned>(step)) value += below;
  }
  return value;
}

// In every thread of the block. Two barriers.
template <int kThreads>
__device__ std::uint64_t block_max(std::uint64_t key) {
  __shared__ std::uint64_t of_warp[kThreads / 32];
  key = warp_max(key);
  __syncthreads();
  if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = key;
  __syncthreads();
  const unsigned lane = threadIdx.x % 32;
  return warp_max(lane < kThreads / 32 ? of_warp[lane] : 0);
}

// The greatest value that at least k of the groups' maxima reach; in *threshold after a barrier. 1 <= k <=
// kGroups. For the first kGroups threads.
__device__ inline void find_threshold(const std::uint32_t* maxima, unsigned k, std::uint32_t* threshold) {
  if (threadIdx.x >= kGroups) return;
  const std::uint32_t mine = maxima[threadIdx.x];
  unsigned greater = 0, at_least = 0;
  const auto* four = reinterpret_cast<const uint4*>(maxima);
#pragma unroll 8
  for (int i = 0; i < kGroups / 4; ++i) {
    const uint4 m = four[i];
    greater += (m.x > mine) + (m.y > mine) + (m.z > mine) + (m.w > mine);
    at_least += (m.x >= mine) + (m.y >= mine) + (m.z >= mine) + (m.w >= mine);
  }
  if (greater < k && k <= at_least) *threshold = mine;  // all who get here write the same value
}

// The token, from all candidates' keys (in any order, the first k of the row among them); for a whole block,
// in every thread of warp 0. `sorted` has room for kMaxCandidates.
template <int kThreads>
__device__ std::int32_t choose(const std::uint64_t* keys, unsigned count, std::uint64_t* sorted,
                               const DeviceFilter& f, std::uint64_t seed) {
  // Rank: how many keys are greater.
  for (unsigned i = threadIdx.x; i < count; i += kThreads) {
    const std::uint64_t mine = keys[i];
    unsigned rank = 0;
#pragma unroll 4
    for (unsigned j = 0; j < count; ++j) rank += keys[j] > mine;
    if (rank < f.top_k) sorted[rank] = mine;
  }
  __syncthreads();
  if (threadIdx.x >= 32) return 0;
  const unsigned kept = min(count, f.top_k);
  const float greatest = logit_of(order_in(sorted[0]));
  const auto depth_at = [&](unsigned i) {
    return depth_of(logit_of(order_in(sorted[i])), greatest, f.inverse_temperature);
  };
  // Top-p: the sum of weights that is enough.
  std::uint64_t enough = ~0ull;
  if (f.top_p < 1.0f) {
    std::uint64_t total = 0;
    for (unsigned i = threadIdx.x; i < kept; i += 32) total += weight_of(depth_at(i));
    enough = weight_to_keep(f.top_p, warp_sum(total));
  }
  // Noise: the best of those before whom the weights are not yet enough.
  std::uint64_t before = 0, best = 0;
  for (unsigned base = 0; base < kept && before < enough; base += 32) {
    const unsigned i = base + threadIdx.x;
    const float depth = i < kept ? depth_at(i) : 0.0f;
    bool stays = i < kept;
    if (f.top_p < 1.0f) {
      const std::uint64_t weight = i < kept ? weight_of(depth) : 0;
      const std::uint64_t sum = warp_inclusive_sum(weight);
      stays = stays && before + sum - weight < enough;
      before += __shfl_sync(kAll, sum, 31);
    }
    if (stays) {
      const std::uint32_t index = index_in(sorted[i]);
      const std::uint64_t key = key_of(score_of(depth, seed, index), index);
      best = key > best ? key : best;
    }
  }
  return static_cast<std::int32_t>(index_in(warp_max(best)));
}

// The greatest key K >= floor for which the weights of all keys >= K sum to at least `target`; floor if there
// is none. In every thread. weight(order) is an integer; equal keys do not exist. Eight passes over the row.
template <int kThreads, typename T, typename Weight>
__device__ std::uint64_t select_key(const T* row, unsigned vocab, std::uint64_t floor, std::uint64_t target,
                                    Weight weight) {
  __shared__ unsigned long long sums[256];
  __shared__ std::uint64_t chosen, missing;
  std::uint64_t prefix = 0;  // the digits that are chosen
  for (int shift = 56; shift >= 0; shift -= 8) {
    __syncthreads();
    for (unsigned i = threadIdx.x; i < 256; i += kThreads) sums[i] = 0;
    if (threadIdx.x == 0) chosen = ~0ull;
    __syncthreads();
    for (unsigned i = threadIdx.x; i < vocab; i += kThreads) {
      const std::uint64_t key = key_of(order_at(row, i), i);
      const bool has_prefix = shift == 56 || key >> (shift + 8) == prefix;
      if (key < floor || !has_prefix) continue;
      atomicAdd(&sums[key >> shift & 255], static_cast<unsigned long long>(weight(order_in(key))));
    }
    __syncthreads();
    // Warp 0: lane l has the digits from 255 - 8 l down.
    if (threadIdx.x < 32) {
      const int first = 255 - 8 * static_cast<int>(threadIdx.x);
      std::uint64_t mine = 0;
      for (int d = 0; d < 8; ++d) mine += sums[first - d];
      std::uint64_t before = warp_inclusive_sum(mine) - mine;
      if (before < target && target <= before + mine) {
        int digit = first;
        while (before + sums[digit] < target) before += sums[digit--];
        chosen = prefix << 8 | static_cast<std::uint64_t>(digit);
        missing = target - before;
      }
    }
    __syncthreads();
    if (chosen == ~0ull) return floor;
    prefix = chosen;
    target = missing;
  }
  __syncthreads();
  return prefix;
}

// The sure way, by one block; in every thread.
template <int kThreads, typename T>
__device__ std::int32_t choose_from_row(const T* row, unsigned vocab, const DeviceFilter& f,
                                        std::uint64_t seed) {
  std::uint64_t best = 0;
  for (unsigned i = threadIdx.x; i < vocab; i += kThreads) {
    const std::uint64_t key = key_of(order_at(row, i), i);
    best = key > best ? key : best;
  }
  best = block_max<kThreads>(best);
  if (f.inverse_temperature == 0.0f) return static_cast<std::int32_t>(index_in(best));
  const float greatest = logit_of(order_in(best));
  const auto depth = [&](std::uint32_t order) {
    return depth_of(logit_of(order), greatest, f.inverse_temperature);
  };

  std::uint64_t least = 0;
  if (f.top_k < vocab) least = select_key<kThreads>(row, vocab, 0, f.top_k, [](std::uint32_t) { return 1u; });
  if (f.top_p < 1.0f) {
    __shared__ unsigned long long total;
    if (threadIdx.x == 0) total = 0;
    __syncthreads();
    std::uint64_t mine = 0;
    for (unsigned i = threadIdx.x; i < vocab; i += kThreads) {
      const std::uint32_t order = order_at(row, i);
      if (key_of(order, i) >= least) mine += weight_of(depth(order));
    }
    mine = warp_sum(mine);
    if (threadIdx.x % 32 == 0) atomicAdd(&total, static_cast<unsigned long long>(mine));
    __syncthreads();
    least = select_key<kThreads>(row, vocab, least, weight_to_keep(f.top_p, total),
                                 [&](std::uint32_t order) { return weight_of(depth(order)); });
  }
  best = 0;
  for (unsigned i = threadIdx.x; i < vocab; i += kThreads) {
    const std::uint32_t order = order_at(row, i);
    if (key_of(order, i) < least) continue;
    const std::uint64_t key = key_of(score_of(depth(order), seed, i), i);
    best = key > best ? key : best;
  }
  return static_cast<std::int32_t>(index_in(block_max<kThreads>(best)));
}

}  // namespace assay::kernels::sampling
