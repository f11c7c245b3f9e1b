// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "kernels/rope/rope_cuda.h"
#include "kernels/row_ops/row_device.cuh"

namespace assay::kernels {
namespace {

using namespace rows;

constexpr unsigned kThreads = 256;

// One thread for each pair, and for each element that is copied.
template <class T>
__global__ void __launch_bounds__(kThreads) pair_per_thread(RopeTokens job, std::int64_t items) {
  const std::int64_t item = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (item >= items) return;
  const std::int64_t half = job.dims / 2, of_head = half + (job.head_dim - job.dims);
  const std::int64_t head = item / of_head, i = item % of_head, token = head / job.heads;
  const T* x = static_cast<const T*>(job.x) + head * job.head_dim;
  T* y = static_cast<T*>(job.y) + head * job.head_dim;
  if (i >= half) {
    y[half + i] = x[half + i];
    return;
  }
  const bool is_split = job.pairs == RopePairs::kHalfSplit;
  const std::int64_t first = is_split ? i : 2 * i, second = is_split ? i + half : 2 * i + 1;
  const float a = to_float(x[first]), b = to_float(x[second]);
  const float cosine = job.cosines[token * half + i], sine = job.sines[token * half + i];
  from_float(a * cosine - b * sine, y[first]);
  from_float(a * sine + b * cosine, y[second]);
}

// kCount floats at an address that is a multiple of their size, or of 16 bytes.
template <int kCount>
__device__ __forceinline__ void load_floats(const float* from, float (&to)[kCount]) {
  if constexpr (kCount == 2) {
    const float2 two = *reinterpret_cast<const float2*>(from);
    to[0] = two.x;
    to[1] = two.y;
  } else {
#pragma unroll
    for (int i = 0; i < kCount; i += 4) {
      const float4 four = *reinterpret_cast<const float4*>(from + i);
      to[i] = four.x;
      to[i + 1] = four.y;
      to[i + 2] = four.z;
      to[i + 3] = four.w;
    }
  }
}

constexpr int kHeadsOfThread = 4;

// How the work of heads_per_thread() is numbered.
struct HeadGrid {
  unsigned items = 0;    // tokens x groups x places
  unsigned groups = 0;   // of heads; a thread's heads are `groups` apart, so that neighbours read neighbours
  unsigned rotated = 0;  // places of a head: slots of 16 bytes (of both halves) that are rotated
  unsigned places = 0;   // and those that are copied
};

// Each thread does one place of up to four heads of a token: the angles are read once for them, and their
// slots of 16 bytes are all requested before the first is used. All slots begin at multiples of 16 bytes.
template <class T, bool kIsSplit, Keep kKeep>
__global__ void __launch_bounds__(kThreads) heads_per_thread(RopeTokens job, HeadGrid grid) {
  constexpr int kN = kPerSlot<T>, kSlots = kIsSplit ? 2 : 1, kPairs = kN * kSlots / 2;
  const unsigned item = blockIdx.x * blockDim.x + threadIdx.x;
  if (item >= grid.items) return;
  const unsigned place = item % grid.places, rest = item / grid.places;
  const unsigned group = rest % grid.groups, token = rest / grid.groups;
  const int half = static_cast<int>(job.dims / 2), heads = static_cast<int>(job.heads);
  const bool is_rotated = place < grid.rotated;
  const std::int64_t of_token = static_cast<std::int64_t>(token) * job.heads * job.head_dim;
  const T* x = static_cast<const T*>(job.x) + of_token;
  T* y = static_cast<T*>(job.y) + of_token;
  // The copied slots follow the rotated ones: with half-split pairs there are twice as many of those.
  const int first = static_cast<int>(is_rotated ? place : place + (kIsSplit ? grid.rotated : 0)) * kN;

  uint4 bits[kHeadsOfThread][kSlots];
#pragma unroll
  for (int h = 0; h < kHeadsOfThread; ++h) {
    const int head = static_cast<int>(group) + h * static_cast<int>(grid.groups);
    if (head >= heads) continue;
    const T* at = x + head * static_cast<int>(job.head_dim) + first;
    bits[h][0] = load_16<kKeep>(at);
    if constexpr (kIsSplit) {
      if (is_rotated) bits[h][1] = load_16<kKeep>(at + half);
    }
  }
  float cosines[kPairs] = {}, sines[kPairs] = {};
  if (is_rotated) {
    const std::int64_t angle = static_cast<std::int64_t>(token) * half + static_cast<int>(place) * kPairs;
    load_floats(job.cosines + angle, cosines);
    load_floats(job.sines + angle, sines);
  }

#pragma unroll
  for (int h = 0; h < kHeadsOfThread; ++h) {
    const int head = static_cast<int>(group) + h * static_cast<int>(grid.groups);
    if (head >= heads) continue;
    T* to = y + head * static_cast<int>(job.head_dim) + first;
    if (!is_rotated) {
      store_16<kKeep>(to, bits[h][0]);
      continue;
    }
    // values[s][j]: pair j of half-split slots is (values[0][j], values[1][j]).
    float values[kSlots][kN];
#pragma unroll
    for (int s = 0; s < kSlots; ++s) unpack<T>(bits[h][s], values[s]);
#pragma unroll
    for (int j = 0; j < kPairs; ++j) {
      float& a = kIsSplit ? values[0][j] : values[0][2 * j];
      float& b = kIsSplit ? values[kSlots - 1][j] : values[0][2 * j + 1];
      const float turned = a * cosines[j] - b * sines[j];
      b = a * sines[j] + b * cosines[j];
      a = turned;
    }
#pragma unroll
    for (int s = 0; s < kSlots; ++s) store_16<kKeep>(to + s * half, pack<T>(values[s]));
  }
}

CudaStatus refusal(const RopeTokens& job) {
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  if (job.tokens < 0 || job.heads < 0 || job.head_dim < 0 || job.dims < 0) return cudaErrorInvalidValue;
  if (job.dims % 2 != 0 || job.dims > job.head_dim) return cudaErrorInvalidValue;
  if (job.head_dim >= kMost || job.heads >= kMost || job.tokens >= kMost) return cudaErrorInvalidValue;
  if (job.heads * job.head_dim >= kMost || job.tokens * job.heads >= kMost) return cudaErrorInvalidValue;
  return cudaSuccess;
}
bool is_empty(const RopeTokens& job) { return job.tokens == 0 || job.heads == 0 || job.head_dim == 0; }

CudaStatus rope_pair_per_thread(const RopeTokens& job, CudaStream stream) {
  if (const CudaStatus status = refusal(job); status != cudaSuccess) return status;
  if (is_empty(job)) return cudaSuccess;
  const std::int64_t items = job.tokens * job.heads * (job.dims / 2 + job.head_dim - job.dims);
  const std::int64_t blocks = (items + kThreads - 1) / kThreads;
  if (blocks >= std::int64_t{1} << 31) return cudaErrorInvalidValue;
  return with_type(job.type, [&]<class T>(T) -> CudaStatus {
    pair_per_thread<T><<<static_cast<unsigned>(blocks), kThreads, 0, stream>>>(job, items);
    return cudaGetLastError();
  });
}

// Every slot of every head, and the angles of each, begin at multiples of 16 bytes.
template <class T>
bool is_in_slots(const RopeTokens& job) {
  const std::int64_t in_half = job.pairs == RopePairs::kHalfSplit ? job.dims / 2 : job.dims;
  return is_16_aligned(job.x) && is_16_aligned(job.y) && is_16_aligned(job.cosines) &&
         is_16_aligned(job.sines) && job.head_dim % kPerSlot<T> == 0 && in_half % kPerSlot<T> == 0 &&
         job.dims % 8 == 0;
}

template <Keep kKeep>
CudaStatus rope_heads_per_thread(const RopeTokens& job, CudaStream stream) {
  if (const CudaStatus status = refusal(job); status != cudaSuccess) return status;
  if (is_empty(job)) return cudaSuccess;
  return with_type(job.type, [&]<class T>(T) -> CudaStatus {
    const bool is_split = job.pairs == RopePairs::kHalfSplit;
    const std::int64_t groups = (job.heads + kHeadsOfThread - 1) / kHeadsOfThread;
    const std::int64_t rotated = job.dims / kPerSlot<T> / (is_split ? 2 : 1);
    const std::int64_t copied = job.x == job.y ? 0 : (job.head_dim - job.dims) / kPerSlot<T>;
    const std::int64_t items = job.tokens * groups * (rotated + copied);
    if (!is_in_slots<T>(job) || items >= (std::int64_t{1} << 32) - kThreads)
      return rope_pair_per_thread(job, stream);
    if (items == 0) return cudaSuccess;
    const HeadGrid grid{static_cast<unsigned>(items), static_cast<unsigned>(groups),
                        static_cast<unsigned>(rotated), static_cast<unsigned>(rotated + copied)};
    const unsigned blocks = (grid.items + kThreads - 1) / kThreads;
    if (is_split)
      heads_per_thread<T, true, kKeep><<<blocks, kThreads, 0, stream>>>(job, grid);
    else
      heads_per_thread<T, false, kKeep><<<blocks, kThreads, 0, stream>>>(job, grid);
    return cudaGetLastError();
  });
}

constexpr std::array<CudaVariant<RopeCuda>, 3> kVariants{{
    {.name = "rope/cuda.pair_per_thread", .run = rope_pair_per_thread, .accumulation = ""},
    {.name = "rope/cuda.heads_per_thread", .run = rope_heads_per_thread<Keep::kCached>, .accumulation = ""},
    {.name = "rope/cuda.heads_per_thread_streamed",
     .run = rope_heads_per_thread<Keep::kStreamed>,
     .accumulation = ""},
}};

}  // namespace

std::span<const CudaVariant<RopeCuda>> rope_cuda_variants() { return kVariants; }

}  // namespace assay::kernels
