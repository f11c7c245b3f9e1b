// SPDX-License-Identifier: Apache-2.0
// One thread loads lines of a buffer, each after the one before has come, past the first-level cache: from L2
// that takes some 150 ns a line on an H200, from memory several times as long.
#include "device/cuda/load_time.h"

namespace assay::device::cuda {
namespace {

__device__ std::int64_t wall_ns() {
  std::int64_t now;
  asm volatile("mov.u64 %0, %globaltimer;" : "=l"(now)::"memory");
  return now;
}

// `nothing` is 0, which the compiler does not know: the first load waits for the first look at the clock,
// each other one for the load before, and the last look, under a condition, for the last load.
__global__ void walk(const std::byte* begin, std::int64_t step, std::int32_t count, std::uint32_t nothing,
                     std::int64_t* ns) {
  const std::int64_t from = wall_ns();
  auto loaded = static_cast<std::uint32_t>(from);
  for (std::int32_t i = 0; i < count; ++i) {
    const std::byte* at = begin + i * step + (loaded & nothing);
    asm volatile("ld.global.cg.u32 %0, [%1];" : "=r"(loaded) : "l"(at) : "memory");
  }
  if ((loaded & nothing) == 0) *ns = wall_ns() - from;
}

}  // namespace

Status launch_walk(const std::byte* begin, std::int64_t step, std::int32_t count, std::int64_t* ns,
                   Stream stream) {
  walk<<<1, 1, 0, stream>>>(begin, step, count, 0, ns);
  return cudaGetLastError();
}

}  // namespace assay::device::cuda
