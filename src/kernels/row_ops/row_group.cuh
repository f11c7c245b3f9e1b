// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows in groups: a block takes two or four rows at once. A thread has the same slots of each of them, four
// in all, so that weights are read and unpacked once for the group, and one barrier serves all its rows; sums
// of different rows share the steps over a warp. Nothing is peeled, so that the code is short. Not supported:
// rows that are not whole 16-byte slots from a 16-byte boundary, or wider than kMostGroupSlots; few rows gain
// nothing.
#include "kernels/row_ops/row_device.cuh"

namespace assay::kernels::rows {

inline constexpr unsigned kGroupThreads = 512;        // of a block, at most
inline constexpr unsigned kNarrowGroupThreads = 128;  // where rows are that narrow
// Blocks on a multiprocessor. Wide: 40 registers, 1536 threads, 96 KB on their way. Narrow: 64 registers,
// which is room for the unpacked values.
template <unsigned kThreads>
inline constexpr unsigned kGroupBlocks = kThreads == kNarrowGroupThreads ? 8 : 3;
inline constexpr std::int64_t kMostGroupSlots = 2 * std::int64_t{kGroupThreads};

// This thread's part of its group. Loads say that the matrix is first to be evicted, so that the caches keep
// what is still to be written back and what later rows read again.
template <int kRows, int kSlots>
class RowGroup {
 public:
  __device__ RowGroup(std::int64_t rows, int slots) : slots_(slots) {
    const std::int64_t first = (static_cast<std::int64_t>(blockIdx.x) * blockDim.y + threadIdx.y) * kRows;
    left_ = first + kRows <= rows ? kRows : static_cast<int>(rows - first);
    offset_ = first * slots + threadIdx.x;
  }

  // Groups of one warp may have no row at all.
  [[nodiscard]] __device__ bool is_empty() const { return left_ <= 0; }
  [[nodiscard]] __device__ bool has(int s) const {
    return static_cast<int>(threadIdx.x + s * blockDim.x) < slots_;
  }

  // A zero: there are less than 2^30 slots.
  [[nodiscard]] __device__ std::uint32_t zero() const { return static_cast<std::uint32_t>(slots_) >> 30; }

  // Where there is no slot, `outside`.
  __device__ void load(const void* matrix, uint4 (&bits)[kRows][kSlots],
                       std::uint32_t outside = kZeros) const {
    const uint4* const from = static_cast<const uint4*>(matrix) + offset_;
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
#pragma unroll
      for (int s = 0; s < kSlots; ++s) {
        bits[r][s] = r < left_ && has(s) ? load_16<Keep::kStreamed>(from + r * slots_ + s * step())
                                         : make_uint4(outside, outside, outside, outside);
        forget_unpacked(bits[r][s]);  // or all are unpacked here, where it is known which are constants
      }
    }
  }
  // A line that all rows share.
  __device__ uint4 shared_slot(const void* line, int s) const {
    uint4 bits = has(s) ? __ldg(static_cast<const uint4*>(line) + threadIdx.x + s * step()) : uint4{};
    forget_unpacked(bits);
    return bits;
  }
  __device__ void store(void* matrix, int r, int s, uint4 bits) const {
    if (r < left_ && has(s))
      store_16<Keep::kCached>(static_cast<uint4*>(matrix) + offset_ + r * slots_ + s * step(), bits);
  }

 private:
  [[nodiscard]] __device__ static int step() { return static_cast<int>(blockDim.x); }

  std::int64_t offset_;
  int slots_, left_;
};

// Lets wide groups unpack again what they unpacked before: with 40 registers the unpacked values of all rows
// would spill. `zero` is one that the assembler cannot know, as it would keep them otherwise.
template <unsigned kThreads>
__device__ __forceinline__ void unpack_again(uint4& bits, std::uint32_t zero) {
  if constexpr (kThreads != kNarrowGroupThreads)
    bits = make_uint4(bits.x ^ zero, bits.y ^ zero, bits.z ^ zero, bits.w ^ zero);
  forget_unpacked(bits);
}

// A value for each row, combined over the warp; lane l gets that of row l % kRows. As long as a lane has
// values of several rows, it gives half of them to another and takes that one's of the others.
template <int kRows, class Combine>
__device__ __forceinline__ float rows_over_warp(float (&values)[kRows], Combine combine) {
  const int lane = static_cast<int>(threadIdx.x % 32);
#pragma unroll
  for (int half = kRows / 2; half > 0; half /= 2) {
    const bool is_upper = (lane & half) != 0;
#pragma unroll
    for (int j = 0; j < half; ++j) {
      const float given = is_upper ? values[j] : values[j + half];
      const float kept = is_upper ? values[j + half] : values[j];
      values[j] = combine(kept, __shfl_xor_sync(0xffffffffu, given, half));
    }
  }
  float value = values[0];
#pragma unroll
  for (int distance = kRows; distance < 32; distance *= 2)
    value = combine(value, __shfl_xor_sync(0xffffffffu, value, distance));
  return value;
}

// Partial results of the warps of a block, row after row in each warp.
template <int kRows>
inline constexpr int kGroupPartials = static_cast<int>(kGroupThreads) / 32 * kRows;

// The same over the block. `partials`: kGroupPartials floats of shared memory that no other reduction before
// the next __syncthreads() uses. A group of one warp has no barrier.
template <int kRows, class Combine>
__device__ __forceinline__ float rows_over_block(float (&values)[kRows], Combine combine, float* partials) {
  float value = rows_over_warp(values, combine);
  if (blockDim.x == 32) return value;
  const int lane = static_cast<int>(threadIdx.x % 32), warp = static_cast<int>(threadIdx.x / 32);
  if (lane < kRows) partials[warp * kRows + lane] = value;
  __syncthreads();
  value = Combine::kNeutral;
#pragma unroll
  for (int i = 0; i < kGroupPartials<kRows>; i += 32) {
    if (i + lane < static_cast<int>(blockDim.x / 32) * kRows) value = combine(value, partials[i + lane]);
  }
#pragma unroll
  for (int distance = kRows; distance < 32; distance *= 2)
    value = combine(value, __shfl_xor_sync(0xffffffffu, value, distance));
  return value;
}

// Row r's of the values that the lanes have for rows.
__device__ __forceinline__ float of_row(float value, int r) { return __shfl_sync(0xffffffffu, value, r); }

// Where groups serve; otherwise threads = 0. `slots` are a thread's in each row, `rows` groups in a block.
template <class T>
RowPlan plan_group(const void* x, const void* y, std::int64_t rows, std::int64_t width) {
  const std::int64_t slots = width / kPerSlot<T>;
  if (width % kPerSlot<T> != 0 || !is_16_aligned(x) || !is_16_aligned(y)) return {};
  // Fewer rows: a block for each keeps more multiprocessors busy.
  if (slots > kMostGroupSlots || rows < 4 * 132) return {};
  const int each = slots <= kGroupThreads ? 1 : 2;
  const auto threads = static_cast<unsigned>((slots + 32 * each - 1) / (32 * each) * 32);
  return {threads, threads == 32 ? 4u : 1u, each};
}

// Enqueues job by the kernel for 4 rows of 1 slot a thread in narrow blocks, in wide ones, or 2 rows of 2.
template <class Job>
CudaStatus launch_group(void (*narrow)(Job), void (*four_rows)(Job), void (*two_rows)(Job), const Job& job,
                        const RowPlan& plan, CudaStream stream) {
  const std::int64_t rows_of_block = std::int64_t{plan.rows} * (plan.slots == 1 ? 4 : 2);
  const auto blocks = static_cast<unsigned>((job.rows + rows_of_block - 1) / rows_of_block);
  const auto kernel = plan.threads * plan.rows <= kNarrowGroupThreads ? narrow
                      : plan.slots == 1                               ? four_rows
                                                                      : two_rows;
  kernel<<<blocks, dim3(plan.threads, plan.rows), 0, stream>>>(job);
  return cudaGetLastError();
}

}  // namespace assay::kernels::rows
