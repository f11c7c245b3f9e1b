// SPDX-License-Identifier: Apache-2.0
// One thread loads lines of a buffer, each after the one before has come, past the first-level cache: from L2
// that takes some 150 ns a line on an H200, from memory several times as long.
#include "device/cuda/load_time.h"

namespace assay::device::cuda {
namespace {

// `nothing` is 0, which the compiler does not know: each address waits for the load before.
__global__ void walk(const std::byte* begin, std::int64_t step, std::int32_t count, std::uint32_t nothing,
                     std::int64_t* ns) {
  std::int64_t from, to;
  std::uint32_t loaded = 0;
  asm volatile("mov.u64 %0, %globaltimer;" : "=l"(from)::"memory");
  for (std::int32_t i = 0; i < count; ++i) {
    const std::byte* at = begin + i * step + (loaded & nothing);
    asm volatile("ld.global.cg.u32 %0, [%1];" : "=r"(loaded) : "l"(at) : "memory");
  }
  asm volatile("mov.u64 %0, %globaltimer;" : "=l"(to) : "r"(loaded) : "memory");
  *ns = to - from;
}

}  // namespace

Status launch_walk(const std::byte* begin, std::int64_t step, std::int32_t count, std::int64_t* ns,
                   Stream stream) {
  walk<<<1, 1, 0, stream>>>(begin, step, count, 0, ns);
  return cudaGetLastError();
}

}  // namespace assay::device::cuda
