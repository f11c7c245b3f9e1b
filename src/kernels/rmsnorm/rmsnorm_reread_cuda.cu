// SPDX-License-Identifier: Apache-2.0
// RMSNorm of a row that is read twice, the second time from L1: so a thread has nothing to keep while its
// block sums, 32 registers are enough, and 2048 threads with 64 bytes each are 128 KB on their way to a
// multiprocessor, which its L1 holds.
#include "kernels/rmsnorm/rmsnorm_cuda_variants.h"
#include "kernels/row_ops/row_device.cuh"

namespace assay::kernels::rmsnorm {
namespace {

using namespace rows;

constexpr int kSlots = 4;  // of a thread
constexpr unsigned kThreads = 512;

// Not one that the compiler knows to have been read before.
__device__ __forceinline__ uint4 load_again(const uint4* from) {
  uint4 v;
  asm volatile("ld.global.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(from)
               : "memory");
  return v;
}

// blockDim.x threads for each row, blockDim.y rows in a block, as in row_in_registers.
template <class T>
__global__ void __launch_bounds__(kThreads, 2048 / kThreads) row_from_l1(RmsNormRows job) {
  __shared__ float partials[32];
  constexpr int kN = kPerSlot<T>;
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * blockDim.y + threadIdx.y;
  if (row >= job.rows) return;  // a whole warp: blockDim.y > 1 only with rows of one warp
  const int width = static_cast<int>(job.width), slots = width / kN;
  const uint4* const x = static_cast<const uint4*>(job.x) + row * slots;
  const auto slot_of = [](int s) { return static_cast<int>(threadIdx.x + s * blockDim.x); };

  uint4 bits[kSlots];
#pragma unroll
  for (int s = 0; s < kSlots; ++s) {
    bits[s] = slot_of(s) < slots ? load_16<Keep::kCached>(x + slot_of(s)) : uint4{};
    forget_unpacked(bits[s]);
  }
  float sums[2] = {};
#pragma unroll
  for (int s = 0; s < kSlots; ++s) {
    float values[kN];
    unpack<T>(bits[s], values);
#pragma unroll
    for (int j = 0; j < kN; ++j) sums[j % 2] = fmaf(values[j], values[j], sums[j % 2]);
  }
  const float squares = over_row(tree_sum(sums), Add{}, partials);
  const float scale = rsqrtf(__fdividef(squares, static_cast<float>(width)) + job.epsilon);

  // Scale and write.
  uint4* const y = static_cast<uint4*>(job.y) + row * slots;
#pragma unroll
  for (int s = 0; s < kSlots; ++s) {
    const int slot = slot_of(s);
    if (slot >= slots) continue;
    float values[kN], factors[kN];
    unpack<T>(load_again(x + slot), values);
    unpack<T>(__ldg(static_cast<const uint4*>(job.weight) + slot), factors);
#pragma unroll
    for (int j = 0; j < kN; ++j) values[j] = values[j] * scale * factors[j];
    store_16<Keep::kCached>(y + slot, pack<T>(values));
  }
}

}  // namespace

// Rows that are not whole slots from a 16-byte boundary, or wider than 2048 of them, go the way of
// row_in_registers_streamed.
CudaStatus launch_row_from_l1(const RmsNormRows& job, CudaStream stream) {
  if (!is_in_range(job.rows, job.width)) return cudaErrorInvalidValue;
  if (job.rows == 0 || job.width == 0) return cudaSuccess;
  return with_type(job.type, [&]<class T>(T) -> CudaStatus {
    const std::int64_t slots = job.width / kPerSlot<T>;
    if (job.width % kPerSlot<T> != 0 || slots > std::int64_t{kSlots} * kThreads || !is_16_aligned(job.x) ||
        !is_16_aligned(job.y) || !is_16_aligned(job.weight))
      return launch_row_in_registers(job, stream);
    const auto threads = static_cast<unsigned>((slots + 32 * kSlots - 1) / (32 * kSlots) * 32);
    const unsigned rows = threads == 32 ? 4 : 1;
    row_from_l1<T>
        <<<static_cast<unsigned>((job.rows + rows - 1) / rows), dim3(threads, rows), 0, stream>>>(job);
    return cudaGetLastError();
  });
}

}  // namespace assay::kernels::rmsnorm
