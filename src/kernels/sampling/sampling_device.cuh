// SPDX-License-Identifier: Apache-2.0
#pragma once
// What both kernels share on the device. The quick way needs few candidates: the k-th greatest of 256 groups'
// maxima is no greater than the k-th greatest logit (k different logits are at least as great), so what lies
// below it, or below a value that a few more maxima reach, is out; about k + k^2/512 candidates are left of
// logits in no particular order, and one block ranks them. The sure way (select_key) is a radix selection
// over 64-bit keys: for any k, top-p of everything, and too many equal logits.
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

// The same as the bits of a float, or 0 where the token does not exist. Without a branch and before any use,
// so that a thread's loads are all in flight at once; volatile, so that they stay behind a wait for the
// kernel before.
__device__ inline std::uint32_t bits_if(const float* row, unsigned i, bool exists) {
  std::uint32_t bits;
  asm volatile("{\n.reg .pred p;\nsetp.ne.u32 p, %2, 0;\nmov.b32 %0, 0;\n@p ld.global.nc.u32 %0, [%1];\n}"
               : "=r"(bits)
               : "l"(row + i), "r"(static_cast<unsigned>(exists)));
  return bits;
}
__device__ inline std::uint32_t bits_if(const __nv_bfloat16* row, unsigned i, bool exists) {
  unsigned short bits;
  asm volatile("{\n.reg .pred p;\nsetp.ne.u32 p, %2, 0;\nmov.b16 %0, 0;\n@p ld.global.nc.u16 %0, [%1];\n}"
               : "=h"(bits)
               : "l"(row + i), "r"(static_cast<unsigned>(exists)));
  return static_cast<std::uint32_t>(bits) << 16;
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

// A value that at least k of the groups' maxima reach, and not many more than k unless they are equal; and
// the greatest maximum. 1 <= k <= kGroups. In every thread of a block of at least kGroups. Halves the range
// of the maxima; a barrier counts the threads.
struct Threshold {
  std::uint32_t least, greatest;
};
__device__ inline Threshold find_threshold(const std::uint32_t* maxima, unsigned k) {
  const uint4* four = reinterpret_cast<const uint4*>(maxima) + threadIdx.x % 32 * 2;
  const uint4 a = four[0], b = four[1];
  const std::uint32_t greatest =
      __reduce_max_sync(kAll, max(max(max(a.x, a.y), max(a.z, a.w)), max(max(b.x, b.y), max(b.z, b.w))));
  std::uint32_t least =
      __reduce_min_sync(kAll, min(min(min(a.x, a.y), min(a.z, a.w)), min(min(b.x, b.y), min(b.z, b.w))));
  std::uint32_t beyond = greatest + 1;  // no overflow: no order is that of a NaN with its sign set
  const bool has_one = threadIdx.x < kGroups;
  const std::uint32_t mine = has_one ? maxima[threadIdx.x] : 0;
  while (beyond - least > 1) {
    const std::uint32_t middle = least + (beyond - least) / 2;
    const auto reach = static_cast<unsigned>(__syncthreads_count(has_one && mine >= middle));
    if (reach < k) {
      beyond = middle;
    } else {
      least = middle;
      if (reach <= k + k / 4) break;
    }
  }
  return {least, greatest};
}

// What a block shares while it chooses among candidates.
struct Choice {
  std::uint32_t scores[kMaxCandidates], weights[kMaxCandidates];
  std::uint16_t at[kMaxCandidates];  // of rank 0, 1, ...
};

// The token, from all candidates' keys (in any order, the first k of the row among them) and the greatest
// logit; for a whole block, in every thread of warp 0.
template <int kThreads>
__device__ std::int32_t choose(const std::uint64_t* keys, unsigned count, float greatest, Choice& choice,
                               const DeviceFilter& f, std::uint64_t seed) {
  // Scores and weights, by the last warps; the first ones rank meanwhile.
  for (unsigned i = kThreads - 1 - threadIdx.x; i < count; i += kThreads) {
    const float depth = depth_of(logit_of(order_in(keys[i])), greatest, f.inverse_temperature);
    choice.scores[i] = score_of(depth, seed, index_in(keys[i]));
    if (f.top_p < 1.0f) choice.weights[i] = weight_of(depth);
  }
  // Rank: how many keys are greater. Four lanes a candidate.
  const unsigned part = threadIdx.x % 4;
  for (unsigned base = threadIdx.x / 32 * 8; base < count; base += kThreads / 4) {
    const unsigned i = base + threadIdx.x % 32 / 4;
    const std::uint64_t mine = i < count ? keys[i] : ~0ull;
    unsigned rank = 0;
#pragma unroll 4
    for (unsigned j = part; j < count; j += 4) rank += keys[j] > mine;
    rank += __shfl_xor_sync(kAll, rank, 1);
    rank += __shfl_xor_sync(kAll, rank, 2);
    if (part == 0 && i < count && rank < f.top_k) choice.at[rank] = static_cast<std::uint16_t>(i);
  }
  __syncthreads();
  if (threadIdx.x >= 32) return 0;
  const unsigned kept = min(count, f.top_k);
  // Top-p: the sum of weights that is enough.
  std::uint64_t enough = ~0ull;
  if (f.top_p < 1.0f) {
    std::uint64_t total = 0;
    for (unsigned r = threadIdx.x; r < kept; r += 32) total += choice.weights[choice.at[r]];
    enough = weight_to_keep(f.top_p, warp_sum(total));
  }
  // The best score of those before whom the weights are not yet enough.
  std::uint64_t before = 0, best = 0;
  for (unsigned base = 0; base < kept && before < enough; base += 32) {
    const unsigned r = base + threadIdx.x;
    const unsigned i = r < kept ? choice.at[r] : 0;
    bool stays = r < kept;
    if (f.top_p < 1.0f) {
      const std::uint64_t weight = r < kept ? choice.weights[i] : 0;
      const std::uint64_t sum = warp_inclusive_sum(weight);
      stays = stays && before + sum - weight < enough;
      before += __shfl_sync(kAll, sum, 31);
    }
    if (stays) {
      const std::uint64_t key = key_of(choice.scores[i], index_in(keys[i]));
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
