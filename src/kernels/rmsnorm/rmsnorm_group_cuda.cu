// SPDX-License-Identifier: Apache-2.0
// RMSNorm of two or four rows by one block, which share weights and the barrier.
#include "kernels/rmsnorm/rmsnorm_cuda_variants.h"
#include "kernels/row_ops/row_group.cuh"

namespace assay::kernels::rmsnorm {
namespace {

using namespace rows;

template <class T, int kRows, int kSlots, unsigned kThreads>
__global__ void __launch_bounds__(kThreads, kGroupBlocks<kThreads>) row_group(RmsNormRows job) {
  __shared__ float partials[kGroupPartials<kRows>];
  constexpr int kN = kPerSlot<T>;
  const int width = static_cast<int>(job.width);
  const RowGroup<kRows, kSlots> group(job.rows, width / kN);
  if (group.is_empty()) return;

  // Everything is requested before anything is used.
  uint4 bits[kRows][kSlots], weights[kSlots];
  group.load(job.x, bits);
#pragma unroll
  for (int s = 0; s < kSlots; ++s) weights[s] = group.shared_slot(job.weight, s);

  float squares[kRows];
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    float sums[2] = {};
#pragma unroll
    for (int s = 0; s < kSlots; ++s) {
      float values[kN];
      unpack<T>(bits[r][s], values);
#pragma unroll
      for (int j = 0; j < kN; ++j) sums[j % 2] = fmaf(values[j], values[j], sums[j % 2]);
    }
    squares[r] = tree_sum(sums);
  }
  const float mean = __fdividef(rows_over_block(squares, Add{}, partials), static_cast<float>(width));
  const float scale = rsqrtf(mean + job.epsilon);

  // Scale and write.
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const float scale_of_row = of_row(scale, r);
#pragma unroll
    for (int s = 0; s < kSlots; ++s) {
      float values[kN], factors[kN];
      unpack_again<kThreads>(bits[r][s], group.zero());
      unpack_again<kThreads>(weights[s], group.zero());
      unpack<T>(bits[r][s], values);
      unpack<T>(weights[s], factors);
#pragma unroll
      for (int j = 0; j < kN; ++j) values[j] = values[j] * scale_of_row * factors[j];
      group.store(job.y, r, s, pack<T>(values));
    }
  }
}

}  // namespace

CudaStatus launch_row_group(const RmsNormRows& job, CudaStream stream) {
  if (!is_in_range(job.rows, job.width)) return cudaErrorInvalidValue;
  if (job.rows == 0 || job.width == 0) return cudaSuccess;
  return with_type(job.type, [&]<class T>(T) -> CudaStatus {
    const RowPlan plan = plan_group<T>(job.x, job.y, job.rows, job.width);
    if (plan.threads == 0 || !is_16_aligned(job.weight)) return launch_row_in_registers(job, stream);
    return launch_group(row_group<T, 4, 1, kNarrowGroupThreads>, row_group<T, 4, 1, kGroupThreads>,
                        row_group<T, 2, 2, kGroupThreads>, job, plan, stream);
  });
}

}  // namespace assay::kernels::rmsnorm
