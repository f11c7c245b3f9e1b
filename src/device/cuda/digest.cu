// SPDX-License-Identifier: Apache-2.0
// A sum of well-mixed pairs (place, word): the order of the additions does not matter, so that any number of
// threads may work in any order. The mixer is the finaliser of splitmix64 (Steele, Lea and Flood 2014,
// "Fast splittable pseudorandom number generators").
#include "device/cuda/digest.h"

namespace assay::device::cuda {
namespace {

__device__ std::uint64_t mixed(std::uint64_t place, std::uint64_t word) {
  std::uint64_t z = word + (place + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  z ^= z >> 31;
  return z * (2 * place + 1);
}

// Words of eight bytes; the last may be short. `bytes` may begin anywhere.
__global__ void digest_kernel(const unsigned char* bytes, std::int64_t count, unsigned long long* sum) {
  const std::int64_t words = (count + 7) / 8;
  const bool aligned = reinterpret_cast<std::uintptr_t>(bytes) % 8 == 0;
  std::uint64_t mine = 0;
  for (std::int64_t i = blockIdx.x * static_cast<std::int64_t>(blockDim.x) + threadIdx.x; i < words;
       i += static_cast<std::int64_t>(gridDim.x) * blockDim.x) {
    std::uint64_t word = 0;
    if (aligned && 8 * i + 8 <= count) {
      word = reinterpret_cast<const std::uint64_t*>(bytes)[i];
    } else {
      for (int b = 0; b < 8 && 8 * i + b < count; ++b)
        word |= static_cast<std::uint64_t>(bytes[8 * i + b]) << (8 * b);
    }
    mine += mixed(static_cast<std::uint64_t>(i), word);
  }
  for (int step = 16; step > 0; step /= 2) mine += __shfl_xor_sync(0xFFFFFFFFu, mine, step);
  if (threadIdx.x % 32 == 0) atomicAdd(sum, mine);
}

}  // namespace

Status launch_digest(const std::byte* device, std::int64_t bytes, std::uint64_t* sum, Stream stream) {
  constexpr int kThreads = 256, kMostBlocks = 2048;
  const std::int64_t wanted = (bytes / 8 + kThreads) / kThreads;
  const int blocks = static_cast<int>(wanted < kMostBlocks ? wanted : kMostBlocks);
  digest_kernel<<<blocks, kThreads, 0, stream>>>(reinterpret_cast<const unsigned char*>(device), bytes,
                                                 reinterpret_cast<unsigned long long*>(sum));
  return cudaGetLastError();
}

bool digest_kernel_is_loadable() {
  cudaFuncAttributes attributes{};
  return cudaFuncGetAttributes(&attributes, digest_kernel) == cudaSuccess;
}

}  // namespace assay::device::cuda
