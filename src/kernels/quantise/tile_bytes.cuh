// SPDX-License-Identifier: Apache-2.0
#pragma once
// Blocks have 18 to 210 bytes and no alignment beyond 2, so that threads cannot take 16 bytes of one. A tile
// of 4,096 values is a multiple of 16 bytes in every type: it goes between global and shared memory in whole
// vectors, and threads find their blocks in shared memory.
#include <cuda_runtime.h>

#include <cstdint>

namespace assay::kernels::quantise {

constexpr int kThreads = 256;
constexpr int kTileValues = 4096;

// Copies by a whole block of kThreads threads. The one in shared memory is aligned to 16 bytes. No barrier.
__device__ inline void copy_tile(std::uint8_t* to, const std::uint8_t* from, int bytes, bool aligned) {
  const int vectors = aligned ? bytes / 16 : 0;
  for (int i = threadIdx.x; i < vectors; i += kThreads)
    reinterpret_cast<uint4*>(to)[i] = reinterpret_cast<const uint4*>(from)[i];
  for (int i = vectors * 16 + threadIdx.x; i < bytes; i += kThreads) to[i] = from[i];
}

__device__ inline bool is_aligned(const void* at) { return reinterpret_cast<std::uintptr_t>(at) % 16 == 0; }

// At an even address.
__device__ inline std::uint32_t load_word(const std::uint8_t* at) {
  const auto* halves = reinterpret_cast<const std::uint16_t*>(at);
  return halves[0] | static_cast<std::uint32_t>(halves[1]) << 16;
}
__device__ inline void store_word(std::uint8_t* at, std::uint32_t word) {
  auto* halves = reinterpret_cast<std::uint16_t*>(at);
  halves[0] = static_cast<std::uint16_t>(word);
  halves[1] = static_cast<std::uint16_t>(word >> 16);
}

}  // namespace assay::kernels::quantise
