// SPDX-License-Identifier: Apache-2.0
// Memory of the device through ordinary loads and stores of 16 bytes a thread. What makes the difference is
// how many loads a thread has in flight, whether blocks live on or come and go, and what the L2 cache is
// told.
#include <cuda_runtime_api.h>

#include "kernels/ceiling/device_probes.h"

namespace assay::kernels::ceiling {
namespace {

constexpr int kThreads = 256;
constexpr int kBlocksPerMultiprocessor = 8;
constexpr std::int64_t kRotation = 41;  // blocks: the next pass finds nothing of its own in its L1 cache
constexpr std::int64_t kOwnLaunches = 256 << 20;

enum class Hint { kKeep, kStream };

// Never from the L1 cache: a ceiling of L2 and memory is wanted.
template <Hint kHint>
__device__ uint4 load(const uint4* from) {
  uint4 v;
  if constexpr (kHint == Hint::kStream) {
    asm volatile("ld.global.nc.L1::no_allocate.L2::256B.v4.u32 {%0,%1,%2,%3}, [%4];"
                 : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
                 : "l"(from));
  } else {
    asm volatile("ld.global.cg.v4.u32 {%0,%1,%2,%3}, [%4];"
                 : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
                 : "l"(from));
  }
  return v;
}
template <Hint kHint>
__device__ void store(uint4* to, uint4 v) {
  if constexpr (kHint == Hint::kStream) {
    asm volatile("st.global.cs.v4.u32 [%0], {%1,%2,%3,%4};" ::"l"(to), "r"(v.x), "r"(v.y), "r"(v.z), "r"(v.w)
                 : "memory");
  } else {
    asm volatile("st.global.v4.u32 [%0], {%1,%2,%3,%4};" ::"l"(to), "r"(v.x), "r"(v.y), "r"(v.z), "r"(v.w)
                 : "memory");
  }
}
__device__ void fold(uint4& into, uint4 v) { into.x ^= v.x, into.y ^= v.y, into.z ^= v.z, into.w ^= v.w; }

// A tile is kUnroll steps of every thread. The kLoads words of a step lie a row of the block apart, so that
// every load of a warp is one run of 512 bytes.
template <int kLoads, bool kTwoSources, bool kStores, int kUnroll, Hint kHint>
__global__ void __launch_bounds__(kThreads)
    walk_kernel(const uint4* source, const uint4* second, uint4* target, std::int64_t tiles, int passes) {
  constexpr int kRows = kTwoSources ? kLoads / 2 : kLoads;  // of a step in one source
  uint4 seen = make_uint4(0, 0, 0, 0);
  for (int pass = 0; pass < passes; ++pass) {
    for (std::int64_t tile = (blockIdx.x + pass * kRotation) % gridDim.x; tile < tiles; tile += gridDim.x) {
      uint4 v[kUnroll][kLoads > 0 ? kLoads : 1];
#pragma unroll
      for (int u = 0; u < kUnroll; ++u) {
#pragma unroll
        for (int r = 0; r < kLoads; ++r) {
          const uint4* from = kTwoSources && r >= kRows ? second : source;
          const int row = u * (kRows > 0 ? kRows : 1) + (kTwoSources && r >= kRows ? r - kRows : r);
          v[u][r] = load<kHint>(from + (tile * (kUnroll * kRows) + row) * kThreads + threadIdx.x);
        }
      }
#pragma unroll
      for (int u = 0; u < kUnroll; ++u) {
        const std::int64_t place = (tile * kUnroll + u) * kThreads + threadIdx.x;
        uint4 sum;
        if constexpr (kLoads == 0) {  // bits that look random, cheaply
          const auto i = static_cast<unsigned>(place) + static_cast<unsigned>(pass);
          sum = make_uint4(i * 0x9E3779B9u, i * 0x85EBCA6Bu, i * 0xC2B2AE35u, i * 0x27D4EB2Fu);
        } else {
          sum = v[u][0];
#pragma unroll
          for (int r = 1; r < kLoads; ++r) fold(sum, v[u][r]);
        }
        if constexpr (kStores) {
          store<kHint>(target + place, sum);
        } else {
          fold(seen, sum);
        }
      }
    }
  }
  // Keeps the loads: random bits do not fold to this.
  if (!kStores && seen.x == 0x12345678u && seen.y == 0x9ABCDEF0u && seen.z == 0x0F1E2D3Cu && seen.w == seen.x)
    *target = seen;
}

template <int kLoads, bool kTwoSources, bool kStores, int kUnroll, Hint kHint, bool kLiveOn>
Status run(const DeviceStreams& streams, Stream stream) {
  const auto kernel = walk_kernel<kLoads, kTwoSources, kStores, kUnroll, kHint>;
  const auto* source = reinterpret_cast<const uint4*>(streams.source);
  const auto* second = reinterpret_cast<const uint4*>(streams.second);
  auto* target = reinterpret_cast<uint4*>(streams.target);
  const std::int64_t tiles = streams.steps / (kThreads * kUnroll);
  if (tiles == 0) return cudaErrorInvalidValue;
  if (!kLiveOn) {
    for (int pass = 0; pass < streams.passes; ++pass)
      kernel<<<static_cast<unsigned>(tiles), kThreads, 0, stream>>>(source, second, target, tiles, 1);
    return cudaGetLastError();
  }
  // All blocks at once, or a late block would find in the cache what an early one had just read.
  int resident = 0;
  if (const Status asked = cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, kernel, kThreads, 0);
      asked != cudaSuccess)
    return asked;
  const int each = resident < kBlocksPerMultiprocessor ? resident : kBlocksPerMultiprocessor;
  const std::int64_t most = static_cast<std::int64_t>(each) * streams.multiprocessors;
  kernel<<<static_cast<unsigned>(tiles < most ? tiles : most), kThreads, 0, stream>>>(source, second, target,
                                                                                      tiles, streams.passes);
  return cudaGetLastError();
}

template <int kLoads, bool kTwoSources, bool kStores, int kUnroll, Hint kHint, bool kLiveOn>
constexpr DeviceMemoryProbe probe(std::string_view kind, std::string_view name) {
  DeviceMemoryProbe made;
  made.kind = kind;
  made.name = name;
  made.loads = kLoads;
  made.stores = kStores ? 1 : 0;
  made.two_sources = kTwoSources;
  made.least_bytes = kLiveOn ? 0 : kOwnLaunches;
  made.run = run<kLoads, kTwoSources, kStores, kUnroll, kHint, kLiveOn>;
  return made;
}

// kFew and kMany: steps of a thread at a time.
#define ASSAY_PROBES(kind, loads, two, stores, few, many)                                       \
  probe<loads, two, stores, 1, Hint::kKeep, true>(kind, "blocks_stay_x1"),                      \
      probe<loads, two, stores, few, Hint::kKeep, true>(kind, "blocks_stay_x" #few),            \
      probe<loads, two, stores, many, Hint::kKeep, true>(kind, "blocks_stay_x" #many),          \
      probe<loads, two, stores, few, Hint::kStream, true>(kind, "blocks_stay_stream_x" #few),   \
      probe<loads, two, stores, many, Hint::kStream, true>(kind, "blocks_stay_stream_x" #many), \
      probe<loads, two, stores, few, Hint::kKeep, false>(kind, "block_a_tile_x" #few),          \
      probe<loads, two, stores, many, Hint::kKeep, false>(kind, "block_a_tile_x" #many),        \
      probe<loads, two, stores, few, Hint::kStream, false>(kind, "block_a_tile_stream_x" #few), \
      probe<loads, two, stores, many, Hint::kStream, false>(kind, "block_a_tile_stream_x" #many)

constexpr DeviceMemoryProbe kProbes[] = {
    ASSAY_PROBES("read", 1, false, false, 4, 8), ASSAY_PROBES("cast4", 4, false, true, 2, 4),
    ASSAY_PROBES("cast2", 2, false, true, 2, 4), ASSAY_PROBES("add", 2, true, true, 2, 4),
    ASSAY_PROBES("copy", 1, false, true, 4, 8),  ASSAY_PROBES("write", 0, false, true, 4, 8),
};

}  // namespace

std::span<const DeviceMemoryProbe> device_memory_probes() { return kProbes; }

}  // namespace assay::kernels::ceiling
