// SPDX-License-Identifier: Apache-2.0
// Decode with the context split over the device. A block takes one part of the context for the query heads of
// a group, so that keys and values are read once for all of them: 16 bytes a lane, a key's dimensions over 8
// or 16 neighbouring lanes, every such slot with a running softmax of its own. Slots are merged by shuffles,
// warps through shared memory, parts through scratch: by a second kernel, or by the block that ends last.
// Every merge has a fixed order, so that two calls agree in every bit whoever is last.
#include "kernels/attention/half_pairs.cuh"

namespace assay::kernels::attention {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr int kInFlight = 4;         // keys and values that a slot loads at once
constexpr float kLowest = -3.0e38f;  // a maximum of nothing: finite, so that differences are no NaN
constexpr unsigned kAll = 0xFFFFFFFFu;

// Where partial results lie in the caller's scratch; index of a part: group of heads * splits + split.
struct Scratch {
  unsigned* counters;  // one a group of heads
  float2* stats;       // (parts, heads of the group): maximum in units of log2, sum
  float* outs;         // (parts, heads of the group, head_dim), not divided by the sum
};

constexpr std::int64_t round_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }

Scratch scratch_of(const DecodeArgs& args) {
  auto* bytes = static_cast<std::byte*>(args.scratch);
  const std::int64_t counters = round_up(4 * args.heads, 256), stats = 8 * args.heads * kMostDecodeSplits;
  return {reinterpret_cast<unsigned*>(bytes), reinterpret_cast<float2*>(bytes + counters),
          reinterpret_cast<float*>(bytes + counters + stats)};
}

// Eight elements as four pairs.
template <bool kVectors, typename T>
__device__ uint4 load_eight(const T* at) {
  if constexpr (kVectors) return __ldg(reinterpret_cast<const uint4*>(at));
  const auto* bits = reinterpret_cast<const unsigned short*>(at);
  const auto pair = [&](int i) {
    return static_cast<unsigned>(bits[i]) | static_cast<unsigned>(bits[i + 1]) << 16;
  };
  return make_uint4(pair(0), pair(2), pair(4), pair(6));
}

template <typename T>
__device__ void to_floats(const uint4& bits, float (&v)[8]) {
  const unsigned words[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float2 two = two_floats<T>(words[i]);
    v[2 * i] = two.x;
    v[2 * i + 1] = two.y;
  }
}

// One block merges the parts of a group of heads: parts are weighed by one warp a head, then summed in steps
// of several parts at once.
template <typename T, int kHeadDim, int kGroup>
__device__ void merge(const Scratch& scratch, int group, int splits, T* out) {
  constexpr int kColumns = kGroup * kHeadDim / 4, kParts = kThreads / kColumns;
  __shared__ float weights[kGroup][kMostDecodeSplits];
  __shared__ float4 sums[kParts][kColumns];
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  if (warp < kGroup) {
    const float2* stats = scratch.stats + static_cast<std::int64_t>(group) * splits * kGroup + warp;
    float2 mine[kMostDecodeSplits / 32];
    float maximum = kLowest, sum = 0;
#pragma unroll
    for (int i = 0; i < kMostDecodeSplits / 32; ++i) {
      const int split = lane + 32 * i;
      mine[i] = split < splits ? __ldcg(stats + split * kGroup) : make_float2(kLowest, 0);
      maximum = fmaxf(maximum, mine[i].x);
    }
#pragma unroll
    for (int step = 16; step > 0; step /= 2) maximum = fmaxf(maximum, __shfl_xor_sync(kAll, maximum, step));
#pragma unroll
    for (int i = 0; i < kMostDecodeSplits / 32; ++i) {
      mine[i].x = exp2_of(mine[i].x - maximum);
      sum = fmaf(mine[i].x, mine[i].y, sum);
    }
#pragma unroll
    for (int step = 16; step > 0; step /= 2) sum += __shfl_xor_sync(kAll, sum, step);
#pragma unroll
    for (int i = 0; i < kMostDecodeSplits / 32; ++i) weights[warp][lane + 32 * i] = mine[i].x / sum;
  }
  __syncthreads();

  const int column = threadIdx.x % kColumns, part = threadIdx.x / kColumns;
  if (part < kParts) {
    const auto* outs = reinterpret_cast<const float4*>(scratch.outs) +
                       static_cast<std::int64_t>(group) * splits * kColumns + column;
    float4 sum = make_float4(0, 0, 0, 0);
#pragma unroll 8
    for (int split = part; split < splits; split += kParts) {
      const float4 v = __ldcg(outs + split * kColumns);
      const float weight = weights[column / (kHeadDim / 4)][split];
      sum.x = fmaf(weight, v.x, sum.x);
      sum.y = fmaf(weight, v.y, sum.y);
      sum.z = fmaf(weight, v.z, sum.z);
      sum.w = fmaf(weight, v.w, sum.w);
    }
    sums[part][column] = sum;
  }
  __syncthreads();
  for (int i = threadIdx.x; i < kGroup * kHeadDim; i += kThreads) {
    float sum = 0;
#pragma unroll
    for (int p = 0; p < kParts; ++p) sum += reinterpret_cast<const float*>(sums[p])[i];
    store(out + i, sum);
  }
}

template <typename T, int kHeadDim, int kGroup, bool kVectors, bool kLastMerges>
__global__ void __launch_bounds__(kThreads, 2)
    split_kernel(const DecodeArgs args, const Scratch scratch, int positions_per_split) {
  constexpr int kLanes = kHeadDim / 8, kSlots = kThreads / kLanes;
  const int lane = threadIdx.x % kLanes, slot = threadIdx.x / kLanes;
  const int split = blockIdx.x, splits = gridDim.x, group = blockIdx.y;
  const std::int64_t head = static_cast<std::int64_t>(group) * kGroup;
  const std::int64_t kv_head = head / (args.heads / args.kv_heads);
  const T* k = static_cast<const T*>(args.k) + kv_head * args.capacity * kHeadDim + 8 * lane;
  const T* v = static_cast<const T*>(args.v) + kv_head * args.capacity * kHeadDim + 8 * lane;
  T* out = static_cast<T*>(args.out) + head * kHeadDim;
  const int begin = split * positions_per_split;
  const int end = static_cast<int>(min(args.length, static_cast<std::int64_t>(begin) + positions_per_split));

  // The queries of the group, in units of log2.
  float query[kGroup][8];
  const float scale = rsqrtf(static_cast<float>(kHeadDim)) * kLog2E;
#pragma unroll
  for (int g = 0; g < kGroup; ++g) {
    const T* q = static_cast<const T*>(args.q) + (head + g) * kHeadDim + 8 * lane;
    to_floats<T>(load_eight<kVectors>(q), query[g]);
#pragma unroll
    for (int i = 0; i < 8; ++i) query[g][i] *= scale;
  }

  // Each slot: scores of kInFlight keys, one new maximum, their values.
  float sums[kGroup][8] = {}, maximum[kGroup], sum[kGroup] = {};
#pragma unroll
  for (int g = 0; g < kGroup; ++g) maximum[g] = kLowest;
  for (int base = begin; base < end; base += kSlots * kInFlight) {
    uint4 keys[kInFlight], values[kInFlight];
#pragma unroll
    for (int u = 0; u < kInFlight; ++u) {
      const int p = base + u * kSlots + slot;
      const std::int64_t at = static_cast<std::int64_t>(p) * kHeadDim;
      keys[u] = p < end ? load_eight<kVectors>(k + at) : make_uint4(0, 0, 0, 0);
      values[u] = p < end ? load_eight<kVectors>(v + at) : make_uint4(0, 0, 0, 0);
    }
    float scores[kInFlight][kGroup];
#pragma unroll
    for (int u = 0; u < kInFlight; ++u) {
      float key[8];
      to_floats<T>(keys[u], key);
#pragma unroll
      for (int g = 0; g < kGroup; ++g) {
        float score = 0;
#pragma unroll
        for (int i = 0; i < 8; ++i) score = fmaf(query[g][i], key[i], score);
#pragma unroll
        for (int step = 1; step < kLanes; step *= 2) score += __shfl_xor_sync(kAll, score, step);
        scores[u][g] = base + u * kSlots + slot < end ? score : -INFINITY;
      }
    }
#pragma unroll
    for (int g = 0; g < kGroup; ++g) {
      const float before = maximum[g];
#pragma unroll
      for (int u = 0; u < kInFlight; ++u) maximum[g] = fmaxf(maximum[g], scores[u][g]);
      const float shrink = exp2_of(before - maximum[g]);
      sum[g] *= shrink;
#pragma unroll
      for (int i = 0; i < 8; ++i) sums[g][i] *= shrink;
    }
#pragma unroll
    for (int u = 0; u < kInFlight; ++u) {
      float value[8];
      to_floats<T>(values[u], value);
#pragma unroll
      for (int g = 0; g < kGroup; ++g) {
        const float weight = exp2_of(scores[u][g] - maximum[g]);
        sum[g] += weight;
#pragma unroll
        for (int i = 0; i < 8; ++i) sums[g][i] = fmaf(weight, value[i], sums[g][i]);
      }
    }
  }

  // Slots of a warp.
#pragma unroll
  for (int g = 0; g < kGroup; ++g) {
    float most = maximum[g];
#pragma unroll
    for (int step = kLanes; step < 32; step *= 2) most = fmaxf(most, __shfl_xor_sync(kAll, most, step));
    const float shrink = exp2_of(maximum[g] - most);
    maximum[g] = most;
    sum[g] *= shrink;
#pragma unroll
    for (int step = kLanes; step < 32; step *= 2) sum[g] += __shfl_xor_sync(kAll, sum[g], step);
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      sums[g][i] *= shrink;
#pragma unroll
      for (int step = kLanes; step < 32; step *= 2) sums[g][i] += __shfl_xor_sync(kAll, sums[g][i], step);
    }
  }

  // Warps of the block.
  __shared__ float warp_sums[kWarps][kGroup][kHeadDim];
  __shared__ float2 warp_stats[kWarps][kGroup];
  const int warp = threadIdx.x / 32;
  if (threadIdx.x % 32 < kLanes) {
#pragma unroll
    for (int g = 0; g < kGroup; ++g) {
#pragma unroll
      for (int i = 0; i < 8; ++i) warp_sums[warp][g][8 * lane + i] = sums[g][i];
      if (lane == 0) warp_stats[warp][g] = make_float2(maximum[g], sum[g]);
    }
  }
  __syncthreads();
  const std::int64_t part = (static_cast<std::int64_t>(group) * splits + split) * kGroup;
  for (int i = threadIdx.x; i < kGroup * kHeadDim; i += kThreads) {
    const int g = i / kHeadDim;
    float most = kLowest, total = 0, value = 0;
#pragma unroll
    for (int w = 0; w < kWarps; ++w) most = fmaxf(most, warp_stats[w][g].x);
#pragma unroll
    for (int w = 0; w < kWarps; ++w) {
      const float weight = exp2_of(warp_stats[w][g].x - most);
      total = fmaf(weight, warp_stats[w][g].y, total);
      value = fmaf(weight, warp_sums[w][g][i % kHeadDim], value);
    }
    if (splits == 1) {
      store(out + i, value / total);
    } else {
      scratch.outs[part * kHeadDim + i] = value;
      if (i % kHeadDim == 0) scratch.stats[part + g] = make_float2(most, total);
    }
  }
  if constexpr (kLastMerges) {
    if (splits == 1) return;
    // The counter returns to zero by itself when the last block has counted.
    __shared__ bool is_last;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0)
      is_last = atomicInc(scratch.counters + group, static_cast<unsigned>(splits - 1)) ==
                static_cast<unsigned>(splits - 1);
    __syncthreads();
    if (!is_last) return;
    __threadfence();
    merge<T, kHeadDim, kGroup>(scratch, group, splits, out);
  }
}

template <typename T, int kHeadDim, int kGroup>
__global__ void __launch_bounds__(kThreads) merge_kernel(const Scratch scratch, int splits, T* out) {
  merge<T, kHeadDim, kGroup>(scratch, static_cast<int>(blockIdx.x), splits,
                             out + static_cast<std::int64_t>(blockIdx.x) * kGroup * kHeadDim);
}

int multiprocessors() {
  static const int kCount = [] {
    int device = 0, count = 0;
    const bool known = cudaGetDevice(&device) == cudaSuccess &&
                       cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device) == cudaSuccess;
    return known ? count : 1;
  }();
  return kCount;
}

// Two blocks on every multiprocessor, but two keys a slot at least.
template <typename T, int kHeadDim, int kGroup, bool kVectors, bool kLastMerges>
CudaStatus launch_group(const DecodeArgs& args, CudaStream stream) {
  constexpr std::int64_t kSlots = kThreads / (kHeadDim / 8);
  const std::int64_t groups = args.heads / kGroup;
  if (groups > 65535 || args.length > 0x3FFFFFFF) return cudaErrorInvalidValue;
  const std::int64_t wanted = min(kMostDecodeSplits, max(std::int64_t{1}, 2 * multiprocessors() / groups));
  const std::int64_t each = max(2 * kSlots, round_up((args.length + wanted - 1) / wanted, kSlots));
  const auto splits = static_cast<unsigned>((args.length + each - 1) / each);
  const Scratch scratch = scratch_of(args);
  split_kernel<T, kHeadDim, kGroup, kVectors, kLastMerges>
      <<<dim3(splits, static_cast<unsigned>(groups)), kThreads, 0, stream>>>(args, scratch,
                                                                             static_cast<int>(each));
  if (!kLastMerges && splits > 1)
    merge_kernel<T, kHeadDim, kGroup><<<static_cast<unsigned>(groups), kThreads, 0, stream>>>(
        scratch, static_cast<int>(splits), static_cast<T*>(args.out));
  return cudaGetLastError();
}

// The heads that share a key and value head go together, up to four; each by itself where loads are narrow.
template <bool kLastMerges>
CudaStatus launch_split(const DecodeArgs& args, CudaStream stream) {
  if (!fit_together(args.heads, args.kv_heads) || args.length < 1 || args.length > args.capacity)
    return cudaErrorInvalidValue;
  return with_type(args.type, args.head_dim, [&](auto element, auto head_dim) -> CudaStatus {
    using T = decltype(element);
    constexpr int kDim = decltype(head_dim)::value;
    if (args.heads == 0) return cudaSuccess;
    const std::int64_t group = args.heads / args.kv_heads;
    if (!is_aligned(args.q) || !is_aligned(args.k) || !is_aligned(args.v))
      return launch_group<T, kDim, 1, false, kLastMerges>(args, stream);
    if (group % 4 == 0) return launch_group<T, kDim, 4, true, kLastMerges>(args, stream);
    if (group % 3 == 0) return launch_group<T, kDim, 3, true, kLastMerges>(args, stream);
    if (group % 2 == 0) return launch_group<T, kDim, 2, true, kLastMerges>(args, stream);
    return launch_group<T, kDim, 1, true, kLastMerges>(args, stream);
  });
}

}  // namespace

CudaStatus launch_decode_two_kernels(const DecodeArgs& args, CudaStream stream) {
  return launch_split<false>(args, stream);
}
CudaStatus launch_decode_last_block(const DecodeArgs& args, CudaStream stream) {
  return launch_split<true>(args, stream);
}

}  // namespace assay::kernels::attention
