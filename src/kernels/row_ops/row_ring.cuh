// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows that come through a ring in shared memory: a grid that fills the device once takes rows in turn, and
// while a row is in work the next three are on their way, so that reductions and their barriers never leave
// the memory without requests. Every thread copies the slots that it will read itself (cp.async; PTX ISA,
// "cp.async"): the ring needs no barrier. Not supported: rows that are not whole 16-byte slots from a 16-byte
// boundary, or wider than kMostRingSlots; few rows gain nothing.
#include "kernels/row_ops/row_device.cuh"

namespace assay::kernels::rows {

inline constexpr int kRingSlots = 4;               // of a thread, in each row
inline constexpr int kRingStages = 4;              // rows, with the one in work
inline constexpr unsigned kRingThreads = 384;      // of a block, at most
inline constexpr unsigned kRingThreadsEach = 768;  // of a multiprocessor: 192 KB of ring
inline constexpr std::int64_t kMostRingSlots = std::int64_t{kRingSlots} * kRingThreads;

// This thread's part of the ring. Rows are `slots` slots wide and are dealt out to the rows of all blocks in
// turn; the geometry is RowPlan's.
class RowRing {
 public:
  __device__ RowRing(uint4* ring, const void* matrix, std::int64_t rows, int slots)
      : first_(static_cast<std::int64_t>(blockIdx.x) * blockDim.y + threadIdx.y),
        stride_(static_cast<std::int64_t>(gridDim.x) * blockDim.y),
        rows_(rows),
        requested_(first_),
        slots_(slots),
        threads_(static_cast<int>(blockDim.x * blockDim.y)),
        mine_(ring + threadIdx.y * blockDim.x + threadIdx.x),
        from_(static_cast<const uint4*>(matrix) + threadIdx.x) {
    for (int stage = 0; stage < kRingStages - 1; ++stage) request(stage);
  }

  [[nodiscard]] __device__ std::int64_t first() const { return first_; }
  [[nodiscard]] __device__ std::int64_t stride() const { return stride_; }
  [[nodiscard]] __device__ bool has(int s) const {
    return static_cast<int>(threadIdx.x + s * blockDim.x) < slots_;
  }

  // The next row of this thread: where it has no slot, `outside`. Requests the row that takes the place of
  // the one before.
  __device__ void take(uint4 (&bits)[kRingSlots], std::uint32_t outside = kZeros) {
    request((stage_ + kRingStages - 1) % kRingStages);
    asm volatile("cp.async.wait_group %0;" ::"n"(kRingStages - 1) : "memory");
#pragma unroll
    for (int s = 0; s < kRingSlots; ++s)
      bits[s] = has(s) ? place(stage_, s) : make_uint4(outside, outside, outside, outside);
    stage_ = (stage_ + 1) % kRingStages;
  }

 private:
  __device__ uint4& place(int stage, int s) { return mine_[(stage * kRingSlots + s) * threads_]; }

  // A group for each row, also where there is none, so that groups count rows.
  __device__ void request(int stage) {
    if (requested_ < rows_) {
#pragma unroll
      for (int s = 0; s < kRingSlots; ++s) {
        if (!has(s)) continue;
        asm volatile("cp.async.cg.shared.global.L2::256B [%0], [%1], 16;" ::"r"(
                         static_cast<unsigned>(__cvta_generic_to_shared(&place(stage, s)))),
                     "l"(from_ + requested_ * slots_ + s * static_cast<int>(blockDim.x))
                     : "memory");
      }
    }
    asm volatile("cp.async.commit_group;" ::: "memory");
    requested_ += stride_;
  }

  std::int64_t first_, stride_, rows_, requested_;
  int slots_, threads_, stage_ = 0;
  uint4* mine_;
  const uint4* from_;
};

// Where the ring serves: rows of whole slots that begin at boundaries, and four times as many as are in work
// at once: before that a block for each row is as good and starts sooner. Otherwise slots = 0.
template <class T>
RowPlan plan_ring(const void* x, std::int64_t rows, std::int64_t width) {
  const std::int64_t slots = width / kPerSlot<T>;
  if (width % kPerSlot<T> != 0 || !is_16_aligned(x) || slots > kMostRingSlots) return {};
  const auto threads = static_cast<unsigned>((slots + 32 * kRingSlots - 1) / (32 * kRingSlots) * 32);
  const unsigned rows_of_block = threads == 32 ? 8 : 1;
  if (rows < 4 * 132 * std::int64_t{kRingThreadsEach / threads}) return {};
  return {threads, rows_of_block, kRingSlots};
}

// Enqueues kernel(job) with a ring in its dynamic shared memory.
template <class Job>
CudaStatus launch_ring(void (*kernel)(Job), const Job& job, const RowPlan& plan, CudaStream stream) {
  const unsigned threads = plan.threads * plan.rows;
  static const int kCount = [] {
    int device = 0, count = 0;
    const bool known = cudaGetDevice(&device) == cudaSuccess &&
                       cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device) == cudaSuccess;
    return known ? count : 1;
  }();
  const std::int64_t at_once = std::int64_t{kCount} * (kRingThreadsEach / threads);
  const std::int64_t wanted = (job.rows + plan.rows - 1) / plan.rows;
  const auto blocks = static_cast<unsigned>(at_once < wanted ? at_once : wanted);
  kernel<<<blocks, dim3(plan.threads, plan.rows),
           static_cast<std::size_t>(threads) * kRingStages * kRingSlots * 16, stream>>>(job);
  return cudaGetLastError();
}

// What a kernel with a ring must be told once.
template <class Job>
CudaStatus allow_ring(void (*kernel)(Job)) {
  constexpr int kBytes = static_cast<int>(kRingThreads) * kRingStages * kRingSlots * 16;
  const CudaStatus status = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes);
  return status != cudaSuccess ? status
                               : cudaFuncSetAttribute(kernel, cudaFuncAttributePreferredSharedMemoryCarveout,
                                                      cudaSharedmemCarveoutMaxShared);
}

}  // namespace assay::kernels::rows
