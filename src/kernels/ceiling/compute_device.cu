// SPDX-License-Identifier: Apache-2.0
// Arithmetic of the device: chains in registers that touch no memory. mma.sync is what every device since
// sm_80 has; on 9.0 it reaches some two thirds of wgmma's rate (wgmma_sm90.cu).
#include <cuda_runtime_api.h>

#include "kernels/ceiling/device_probes.h"

namespace assay::kernels::ceiling {
namespace {

constexpr int kWarps = 16;  // a multiprocessor
constexpr int kChains = 16;

__device__ unsigned mixed(unsigned x) {  // murmur3's finaliser
  x ^= x >> 16, x *= 0x85EBCA6Bu, x ^= x >> 13, x *= 0xC2B2AE35u;
  return x ^ (x >> 16);
}

// Sign, one of seven exponents below 1, any mantissa.
__device__ unsigned operand16(unsigned bits, bool is_bf16) {
  const unsigned low = 1 + (bits >> 16) % 7;  // 2^-low
  if (is_bf16) return (bits & 0x8000u) | (127 - low) << 7 | (bits & 0x7Fu);
  return (bits & 0x8000u) | (15 - low) << 10 | (bits & 0x3FFu);
}
__device__ unsigned operand8(unsigned bits) {  // e4m3
  return (bits & 0x80u) | (1 + (bits >> 16) % 6) << 3 | (bits & 7u);
}

__global__ void operands_kernel(uint2* into, std::int64_t count, OperandType type) {
  for (std::int64_t i = blockIdx.x * static_cast<std::int64_t>(blockDim.x) + threadIdx.x; i < count;
       i += static_cast<std::int64_t>(gridDim.x) * blockDim.x) {
    unsigned words[2];
    for (int w = 0; w < 2; ++w) {
      const auto seed = static_cast<unsigned>(2 * i + w) * 4 + static_cast<unsigned>(i >> 29) * 0x9E3779B9u;
      if (type == OperandType::kBits) {
        words[w] = mixed(seed);
      } else if (type == OperandType::kF8) {
        words[w] = 0;
        for (int b = 0; b < 4; ++b) words[w] |= operand8(mixed(seed + b)) << (8 * b);
      } else {
        const bool bf16 = type == OperandType::kBf16;
        words[w] = operand16(mixed(seed), bf16) | operand16(mixed(seed + 1), bf16) << 16;
      }
    }
    into[i] = make_uint2(words[0], words[1]);
  }
}

enum class Sum { kF32OfBf16, kF32OfF16, kF16OfF16 };

template <Sum kSum>
__device__ void mma(unsigned (&c)[4], const uint4& a, const uint2& b) {
  if constexpr (kSum == Sum::kF32OfBf16) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
        "{%0,%1,%2,%3};"
        : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])
        : "r"(a.x), "r"(a.y), "r"(a.z), "r"(a.w), "r"(b.x), "r"(b.y));
  } else if constexpr (kSum == Sum::kF32OfF16) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "
        "{%0,%1,%2,%3};"
        : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])
        : "r"(a.x), "r"(a.y), "r"(a.z), "r"(a.w), "r"(b.x), "r"(b.y));
  } else {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16 {%0,%1}, {%2,%3,%4,%5}, {%6,%7}, {%0,%1};"
                 : "+r"(c[0]), "+r"(c[1])
                 : "r"(a.x), "r"(a.y), "r"(a.z), "r"(a.w), "r"(b.x), "r"(b.y));
  }
}

// Each warp multiplies four tiles of A with four of B: sixteen sums that do not wait for each other.
template <Sum kSum>
__global__ void __launch_bounds__(32 * kWarps, 1)
    mma_kernel(const std::byte* operands, int rounds, float* sink) {
  uint4 a[4];
  uint2 b[4];
  for (int i = 0; i < 4; ++i) {
    a[i] = reinterpret_cast<const uint4*>(operands)[i * 32 * kWarps + threadIdx.x];
    b[i] = reinterpret_cast<const uint2*>(operands + 65536)[i * 32 * kWarps + threadIdx.x];
  }
  unsigned c[16][4] = {};
  for (int round = 0; round < rounds; ++round) {
#pragma unroll
    for (int i = 0; i < 16; ++i) mma<kSum>(c[i], a[i / 4], b[i % 4]);
  }
  unsigned seen = 0;
#pragma unroll
  for (int i = 0; i < 16; ++i) seen ^= c[i][0] ^ c[i][1] ^ c[i][2] ^ c[i][3];
  if (seen == 0x7FC01234u) *sink = 1;
}

// x <- c - x: every result has other bits than the one before, and nothing grows.
__global__ void __launch_bounds__(512, 2)
    fma_kernel(const std::byte* operands, int rounds, float minus_one, float* sink) {
  const float* random = reinterpret_cast<const float*>(operands);
  float x[kChains], c[kChains];
#pragma unroll
  for (int i = 0; i < kChains; ++i) {
    // A float of [1, 2) from any bits.
    x[i] = __uint_as_float((__float_as_uint(random[i * 512 + threadIdx.x]) & 0x7FFFFFu) | 0x3F800000u);
    c[i] = x[i] * 1.37f;
  }
  for (int round = 0; round < rounds; ++round) {
#pragma unroll
    for (int again = 0; again < 4; ++again) {
#pragma unroll
      for (int i = 0; i < kChains; ++i) x[i] = __fmaf_rn(x[i], minus_one, c[i]);
    }
  }
  float seen = 0;
#pragma unroll
  for (int i = 0; i < kChains; ++i) seen += x[i];
  if (seen == -12345.0f) *sink = seen;
}

// A counter that only grows: barrier k has passed once all blocks have added k + 1 times.
__global__ void barrier_kernel(unsigned* counter, int barriers) {
  for (int k = 0; k < barriers; ++k) {
    __syncthreads();
    if (threadIdx.x == 0) {
      __threadfence();
      atomicAdd(counter, 1u);
      const unsigned wanted = gridDim.x * static_cast<unsigned>(k + 1);
      unsigned now = 0;
      do {
        asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(now) : "l"(counter) : "memory");
      } while (now < wanted);
    }
    __syncthreads();
  }
}

template <Sum kSum>
Status run_mma(const std::byte* operands, int rounds, int multiprocessors, float* sink, Stream stream) {
  mma_kernel<kSum><<<multiprocessors, 32 * kWarps, 0, stream>>>(operands, rounds, sink);
  return cudaGetLastError();
}
Status run_fma(const std::byte* operands, int rounds, int multiprocessors, float* sink, Stream stream) {
  fma_kernel<<<2 * multiprocessors, 512, 0, stream>>>(operands, rounds, -1.0f, sink);
  return cudaGetLastError();
}

constexpr double kMmaFlops = 2.0 * 16 * 8 * 16 * 16 * kWarps;
constexpr DeviceComputeProbe kProbes[] = {
    {"tensor-bf16", "f32", "mma_m16n8k16", OperandType::kBf16, false, kMmaFlops, run_mma<Sum::kF32OfBf16>},
    {"tensor-f16", "f32", "mma_m16n8k16", OperandType::kF16, false, kMmaFlops, run_mma<Sum::kF32OfF16>},
    {"tensor-f16", "f16", "mma_m16n8k16", OperandType::kF16, false, kMmaFlops, run_mma<Sum::kF16OfF16>},
    {"fma-f32", "f32", "ffma_x16", OperandType::kBits, false, 2.0 * 4 * kChains * 1024, run_fma},
};

}  // namespace

std::span<const DeviceComputeProbe> device_compute_probes() { return kProbes; }

Status launch_random_operands(std::byte* into, std::int64_t bytes, OperandType type, Stream stream) {
  operands_kernel<<<2048, 256, 0, stream>>>(reinterpret_cast<uint2*>(into), bytes / 8, type);
  return cudaGetLastError();
}

Status launch_grid_barriers(unsigned* counter, int barriers, int multiprocessors, Stream stream) {
  void* arguments[] = {&counter, &barriers};
  const Status launched = cudaLaunchCooperativeKernel(reinterpret_cast<const void*>(barrier_kernel),
                                                      dim3(static_cast<unsigned>(multiprocessors)), dim3(256),
                                                      arguments, 0, stream);
  return launched != cudaSuccess ? launched : static_cast<Status>(cudaGetLastError());
}

}  // namespace assay::kernels::ceiling
