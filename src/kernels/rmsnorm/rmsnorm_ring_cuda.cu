// SPDX-License-Identifier: Apache-2.0
// RMSNorm of many rows by blocks that stay: the weights stay in registers, and rows come through a ring.
#include "kernels/rmsnorm/rmsnorm_cuda_variants.h"
#include "kernels/row_ops/row_ring.cuh"

namespace assay::kernels::rmsnorm {
namespace {

using namespace rows;

template <class T>
__global__ void __launch_bounds__(kRingThreads, kRingThreadsEach / kRingThreads) row_ring(RmsNormRows job) {
  extern __shared__ uint4 ring_slots[];
  __shared__ float partials[2][32];
  constexpr int kN = kPerSlot<T>;
  RowRing ring(ring_slots, job.x, job.rows, static_cast<int>(job.width / kN));
  const auto slot_of = [](int s) { return static_cast<int>(threadIdx.x + s * blockDim.x); };
  uint4 weights[kRingSlots];
#pragma unroll
  for (int s = 0; s < kRingSlots; ++s)
    weights[s] = ring.has(s) ? static_cast<const uint4*>(job.weight)[slot_of(s)] : uint4{};

  int turn = 0;
  for (std::int64_t row = ring.first(); row < job.rows; row += ring.stride()) {
    uint4 bits[kRingSlots];
    ring.take(bits);
    float sums[4] = {};
#pragma unroll
    for (int s = 0; s < kRingSlots; ++s) {
      float values[kN];
      unpack<T>(bits[s], values);
#pragma unroll
      for (int j = 0; j < kN; ++j) sums[j % 4] = fmaf(values[j], values[j], sums[j % 4]);
    }
    // Two sets of partial sums in turn: one barrier a row.
    const float squares = over_row(tree_sum(sums), Add{}, partials[turn]);
    turn ^= 1;
    const float scale = rsqrtf(squares / static_cast<float>(job.width) + job.epsilon);

    uint4* const y = reinterpret_cast<uint4*>(static_cast<T*>(job.y) + row * job.width);
#pragma unroll
    for (int s = 0; s < kRingSlots; ++s) {
      if (!ring.has(s)) continue;
      float values[kN], factors[kN];
      forget_unpacked(bits[s]);
      forget_unpacked(weights[s]);
      unpack<T>(bits[s], values);
      unpack<T>(weights[s], factors);
#pragma unroll
      for (int j = 0; j < kN; ++j) values[j] = values[j] * scale * factors[j];
      store_16<Keep::kStreamed>(y + slot_of(s), pack<T>(values));
    }
  }
}

}  // namespace

CudaStatus launch_row_ring(const RmsNormRows& job, CudaStream stream) {
  if (!is_in_range(job.rows, job.width)) return cudaErrorInvalidValue;
  if (job.rows == 0 || job.width == 0) return cudaSuccess;
  return with_type(job.type, [&]<class T>(T) -> CudaStatus {
    const RowPlan plan = plan_ring<T>(job.x, job.rows, job.width);
    if (plan.slots == 0 || !is_16_aligned(job.weight) || !is_16_aligned(job.y))
      return launch_row_in_registers(job, stream);
    static const CudaStatus kAllowed = allow_ring(row_ring<T>);
    return kAllowed != cudaSuccess ? kAllowed : launch_ring(row_ring<T>, job, plan, stream);
  });
}

}  // namespace assay::kernels::rmsnorm
