// SPDX-License-Identifier: Apache-2.0
// LayerNorm of two or four rows by one block, which share weights, biases and the two barriers.
#include "kernels/layernorm/layernorm_cuda_variants.h"
#include "kernels/row_ops/row_group.cuh"

namespace assay::kernels::layernorm {
namespace {

using namespace rows;

template <class T, int kRows, int kSlots, unsigned kThreads>
__global__ void __launch_bounds__(kThreads, kGroupBlocks<kThreads>) row_group(LayerNormRows job) {
  __shared__ float partials[2][kGroupPartials<kRows>];
  constexpr int kN = kPerSlot<T>;
  const int width = static_cast<int>(job.width);
  const RowGroup<kRows, kSlots> group(job.rows, width / kN);
  if (group.is_empty()) return;
  uint4 bits[kRows][kSlots];
  group.load(job.x, bits);

  // The means; slots outside the rows are zeros.
  float of_rows[kRows];
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    float sums[2] = {};
#pragma unroll
    for (int s = 0; s < kSlots; ++s) {
      float values[kN];
      unpack<T>(bits[r][s], values);
#pragma unroll
      for (int j = 0; j < kN; ++j) sums[j % 2] += values[j];
    }
    of_rows[r] = tree_sum(sums);
  }
  const float mean = __fdividef(rows_over_block(of_rows, Add{}, partials[0]), static_cast<float>(width));

  // The variances; here slots outside the rows would count.
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const float mean_of_row = of_row(mean, r);
    float squares[2] = {};
#pragma unroll
    for (int s = 0; s < kSlots; ++s) {
      if (!group.has(s)) continue;
      float values[kN];
      unpack_again<kThreads>(bits[r][s], group.zero());
      unpack<T>(bits[r][s], values);
#pragma unroll
      for (int j = 0; j < kN; ++j) {
        const float distance = values[j] - mean_of_row;
        squares[j % 2] = fmaf(distance, distance, squares[j % 2]);
      }
    }
    of_rows[r] = tree_sum(squares);
  }
  // Requested before the barrier where there are registers for them.
  uint4 weights[kSlots], biases[kSlots];
  constexpr bool kEarlyWeights = kThreads == kNarrowGroupThreads;
  const auto load_weights = [&](int s) {
    weights[s] = group.shared_slot(job.weight, s);
    biases[s] = group.shared_slot(job.bias, s);
  };
  if constexpr (kEarlyWeights) load_weights(0);
  const float variance = __fdividef(rows_over_block(of_rows, Add{}, partials[1]), static_cast<float>(width));
  const float scale = rsqrtf(variance + job.epsilon);

  // Scale, shift and write.
#pragma unroll
  for (int s = 0; s < kSlots; ++s) {
    if constexpr (!kEarlyWeights) load_weights(s);
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const float scale_of_row = of_row(scale, r), mean_of_row = of_row(mean, r);
      float values[kN], factors[kN], shifts[kN];
      unpack_again<kThreads>(bits[r][s], group.zero());
      unpack_again<kThreads>(weights[s], group.zero());
      unpack_again<kThreads>(biases[s], group.zero());
      unpack<T>(bits[r][s], values);
      unpack<T>(weights[s], factors);
      unpack<T>(biases[s], shifts);
#pragma unroll
      for (int j = 0; j < kN; ++j)
        values[j] = fmaf((values[j] - mean_of_row) * scale_of_row, factors[j], shifts[j]);
      group.store(job.y, r, s, pack<T>(values));
    }
  }
}

}  // namespace

CudaStatus launch_row_group(const LayerNormRows& job, CudaStream stream) {
  if (!is_in_range(job.rows, job.width)) return cudaErrorInvalidValue;
  if (job.rows == 0 || job.width == 0) return cudaSuccess;
  return with_type(job.type, [&]<class T>(T) -> CudaStatus {
    const RowPlan plan = plan_group<T>(job.x, job.y, job.rows, job.width);
    if (plan.threads == 0 || !is_16_aligned(job.weight) || !is_16_aligned(job.bias))
      return launch_row_in_registers(job, stream);
    return launch_group(row_group<T, 4, 1, kNarrowGroupThreads>, row_group<T, 4, 1, kGroupThreads>,
                        row_group<T, 2, 2, kGroupThreads>, job, plan, stream);
  });
}

}  // namespace assay::kernels::layernorm
