// SPDX-License-Identifier: Apache-2.0
// Softmax of many rows by blocks that stay: rows come through a ring, so that the memory works while a row
// waits for its maximum and its sum.
#include <type_traits>

#include "kernels/row_ops/row_ring.cuh"
#include "kernels/softmax/softmax_cuda_variants.h"
#include "kernels/softmax/softmax_exponential.cuh"

namespace assay::kernels::softmax {
namespace {

using namespace rows;

template <class T>
__global__ void __launch_bounds__(kRingThreads, kRingThreadsEach / kRingThreads) row_ring(SoftmaxRows job) {
  extern __shared__ uint4 ring_slots[];
  __shared__ float partials[2][32];
  constexpr int kN = kPerSlot<T>;
  RowRing ring(ring_slots, job.x, job.rows, static_cast<int>(job.width / kN));
  for (std::int64_t row = ring.first(); row < job.rows; row += ring.stride()) {
    uint4 bits[kRingSlots];
    ring.take(bits, kMinusInfinities<T>);
    float greatest = Max::kNeutral;
#pragma unroll
    for (int s = 0; s < kRingSlots; ++s) {
      float values[kN];
      unpack<T>(bits[s], values);
#pragma unroll
      for (int j = 0; j < kN; ++j) greatest = fmaxf(greatest, values[j]);
    }
    greatest = over_row(greatest, Max{}, partials[0]);

    // The sum; the exponentials stay for the result.
    float powers[kRingSlots][kN], sums[4] = {};
#pragma unroll
    for (int s = 0; s < kRingSlots; ++s) {
      unpack<T>(bits[s], powers[s]);
#pragma unroll
      for (int j = 0; j < kN; ++j) {
        powers[s][j] = exp_below<T>(powers[s][j], greatest);
        sums[j % 4] += powers[s][j];
      }
    }
    const float share = 1.0f / over_row(tree_sum(sums), Add{}, partials[1]);

    uint4* const y = reinterpret_cast<uint4*>(static_cast<T*>(job.y) + row * job.width);
#pragma unroll
    for (int s = 0; s < kRingSlots; ++s) {
      if (!ring.has(s)) continue;
#pragma unroll
      for (int j = 0; j < kN; ++j) powers[s][j] *= share;
      store_16<Keep::kStreamed>(y + threadIdx.x + s * blockDim.x, pack<T>(powers[s]));
    }
  }
}

}  // namespace

CudaStatus launch_row_ring(const SoftmaxRows& job, CudaStream stream) {
  if (!is_in_range(job.rows, job.width)) return cudaErrorInvalidValue;
  if (job.rows == 0 || job.width == 0) return cudaSuccess;
  return with_type(job.type, [&]<class T>(T) -> CudaStatus {
    const RowPlan plan = plan_ring<T>(job.x, job.rows, job.width);
    if (plan.slots == 0 || !is_16_aligned(job.y)) return launch_row_in_registers(job, stream);
    static const CudaStatus kAllowed = allow_ring(row_ring<T>);
    return kAllowed != cudaSuccess ? kAllowed : launch_ring(row_ring<T>, job, plan, stream);
  });
}

}  // namespace assay::kernels::softmax
