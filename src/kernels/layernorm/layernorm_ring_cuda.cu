// SPDX-License-Identifier: Apache-2.0
// LayerNorm of many rows by blocks that stay: weights and biases stay in registers, and rows come through a
// ring.
#include "kernels/layernorm/layernorm_cuda_variants.h"
#include "kernels/row_ops/row_ring.cuh"

namespace assay::kernels::layernorm {
namespace {

using namespace rows;

template <class T>
__global__ void __launch_bounds__(kRingThreads, kRingThreadsEach / kRingThreads) row_ring(LayerNormRows job) {
  extern __shared__ uint4 ring_slots[];
  __shared__ float partials[2][32];
  constexpr int kN = kPerSlot<T>;
  RowRing ring(ring_slots, job.x, job.rows, static_cast<int>(job.width / kN));
  const auto slot_of = [](int s) { return static_cast<int>(threadIdx.x + s * blockDim.x); };
  uint4 weights[kRingSlots], biases[kRingSlots];
#pragma unroll
  for (int s = 0; s < kRingSlots; ++s) {
    weights[s] = ring.has(s) ? static_cast<const uint4*>(job.weight)[slot_of(s)] : uint4{};
    biases[s] = ring.has(s) ? static_cast<const uint4*>(job.bias)[slot_of(s)] : uint4{};
  }

  const float width = static_cast<float>(job.width);
  for (std::int64_t row = ring.first(); row < job.rows; row += ring.stride()) {
    uint4 bits[kRingSlots];
    ring.take(bits);
    // The mean; slots outside the row are zeros.
    float sums[4] = {};
#pragma unroll
    for (int s = 0; s < kRingSlots; ++s) {
      float values[kN];
      unpack<T>(bits[s], values);
#pragma unroll
      for (int j = 0; j < kN; ++j) sums[j % 4] += values[j];
    }
    const float mean = over_row(tree_sum(sums), Add{}, partials[0]) / width;

    // The variance; here slots outside the row would count.
    float squares[4] = {};
#pragma unroll
    for (int s = 0; s < kRingSlots; ++s) {
      if (!ring.has(s)) continue;
      float values[kN];
      forget_unpacked(bits[s]);
      unpack<T>(bits[s], values);
#pragma unroll
      for (int j = 0; j < kN; ++j) {
        const float distance = values[j] - mean;
        squares[j % 4] = fmaf(distance, distance, squares[j % 4]);
      }
    }
    const float scale = rsqrtf(over_row(tree_sum(squares), Add{}, partials[1]) / width + job.epsilon);

    uint4* const y = reinterpret_cast<uint4*>(static_cast<T*>(job.y) + row * job.width);
#pragma unroll
    for (int s = 0; s < kRingSlots; ++s) {
      if (!ring.has(s)) continue;
      float values[kN], factors[kN], shifts[kN];
      forget_unpacked(bits[s]);
      forget_unpacked(weights[s]);
      forget_unpacked(biases[s]);
      unpack<T>(bits[s], values);
      unpack<T>(weights[s], factors);
      unpack<T>(biases[s], shifts);
#pragma unroll
      for (int j = 0; j < kN; ++j) values[j] = fmaf((values[j] - mean) * scale, factors[j], shifts[j]);
      store_16<Keep::kStreamed>(y + slot_of(s), pack<T>(values));
    }
  }
}

}  // namespace

CudaStatus launch_row_ring(const LayerNormRows& job, CudaStream stream) {
  if (!is_in_range(job.rows, job.width)) return cudaErrorInvalidValue;
  if (job.rows == 0 || job.width == 0) return cudaSuccess;
  return with_type(job.type, [&]<class T>(T) -> CudaStatus {
    const RowPlan plan = plan_ring<T>(job.x, job.rows, job.width);
    if (plan.slots == 0 || !is_16_aligned(job.weight) || !is_16_aligned(job.bias) || !is_16_aligned(job.y))
      return launch_row_in_registers(job, stream);
    static const CudaStatus kAllowed = allow_ring(row_ring<T>);
    return kAllowed != cudaSuccess ? kAllowed : launch_ring(row_ring<T>, job, plan, stream);
  });
}

}  // namespace assay::kernels::layernorm
