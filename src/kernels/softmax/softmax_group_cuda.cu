// SPDX-License-Identifier: Apache-2.0
// Softmax of two or four rows by one block with one barrier: each warp sums exponentials below its own
// greatest element, and behind the barrier the sums are brought to that of the row.
#include "kernels/row_ops/row_group.cuh"
#include "kernels/softmax/softmax_cuda_variants.h"
#include "kernels/softmax/softmax_exponential.cuh"

namespace assay::kernels::softmax {
namespace {

using namespace rows;

// e^(x - greatest), but 0 if there is nothing above minus infinity (their difference is no number).
template <class T>
__device__ __forceinline__ float share_of_warp(float greatest_of_warp, float greatest) {
  return greatest_of_warp == Max::kNeutral ? 0.0f : exp_below<T>(greatest_of_warp, greatest);
}

template <class T, int kRows, int kSlots, unsigned kThreads>
__global__ void __launch_bounds__(kThreads, kGroupBlocks<kThreads>) row_group(SoftmaxRows job) {
  __shared__ float2 partials[kGroupPartials<kRows>];
  constexpr int kN = kPerSlot<T>;
  const RowGroup<kRows, kSlots> group(job.rows, static_cast<int>(job.width) / kN);
  if (group.is_empty()) return;
  uint4 bits[kRows][kSlots];
  group.load(job.x, bits, kMinusInfinities<T>);

  // The greatest elements of this warp.
  float of_rows[kRows];
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    of_rows[r] = Max::kNeutral;
#pragma unroll
    for (int s = 0; s < kSlots; ++s) {
      float values[kN];
      unpack<T>(bits[r][s], values);
#pragma unroll
      for (int j = 0; j < kN; ++j) of_rows[r] = fmaxf(of_rows[r], values[j]);
    }
  }
  float greatest = rows_over_warp(of_rows, Max{});

  // Its sums.
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const float of_warp = of_row(greatest, r);
    const float below = of_warp == Max::kNeutral ? 0.0f : of_warp;
    float sums[2] = {};
#pragma unroll
    for (int s = 0; s < kSlots; ++s) {
      float values[kN];
      unpack_again<kThreads>(bits[r][s], group.zero());
      unpack<T>(bits[r][s], values);
#pragma unroll
      for (int j = 0; j < kN; ++j) sums[j % 2] += exp_below<T>(values[j], below);
    }
    of_rows[r] = tree_sum(sums);
  }
  float sum = rows_over_warp(of_rows, Add{});

  // Those of the rows.
  if (blockDim.x > 32) {
    const int lane = static_cast<int>(threadIdx.x % 32), warp = static_cast<int>(threadIdx.x / 32);
    if (lane < kRows) partials[warp * kRows + lane] = make_float2(greatest, sum);
    __syncthreads();
    const int count = static_cast<int>(blockDim.x / 32) * kRows;
    greatest = Max::kNeutral;
#pragma unroll
    for (int i = 0; i < kGroupPartials<kRows>; i += 32) {
      if (i + lane < count) greatest = fmaxf(greatest, partials[i + lane].x);
    }
#pragma unroll
    for (int distance = kRows; distance < 32; distance *= 2)
      greatest = fmaxf(greatest, __shfl_xor_sync(0xffffffffu, greatest, distance));
    sum = 0;
#pragma unroll
    for (int i = 0; i < kGroupPartials<kRows>; i += 32) {
      if (i + lane < count)
        sum = fmaf(partials[i + lane].y, share_of_warp<T>(partials[i + lane].x, greatest), sum);
    }
#pragma unroll
    for (int distance = kRows; distance < 32; distance *= 2)
      sum += __shfl_xor_sync(0xffffffffu, sum, distance);
  }
  const float share = 1.0f / sum;

#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const float greatest_of_row = of_row(greatest, r), share_of_row = of_row(share, r);
#pragma unroll
    for (int s = 0; s < kSlots; ++s) {
      float values[kN];
      unpack_again<kThreads>(bits[r][s], group.zero());
      unpack<T>(bits[r][s], values);
#pragma unroll
      for (int j = 0; j < kN; ++j) values[j] = exp_below<T>(values[j], greatest_of_row) * share_of_row;
      group.store(job.y, r, s, pack<T>(values));
    }
  }
}

}  // namespace

CudaStatus launch_row_group(const SoftmaxRows& job, CudaStream stream) {
  if (!is_in_range(job.rows, job.width)) return cudaErrorInvalidValue;
  if (job.rows == 0 || job.width == 0) return cudaSuccess;
  return with_type(job.type, [&]<class T>(T) -> CudaStatus {
    const RowPlan plan = plan_group<T>(job.x, job.y, job.rows, job.width);
    if (plan.threads == 0) return launch_row_in_registers(job, stream);
    return launch_group(row_group<T, 4, 1, kNarrowGroupThreads>, row_group<T, 4, 1, kGroupThreads>,
                        row_group<T, 2, 2, kGroupThreads>, job, plan, stream);
  });
}

}  // namespace assay::kernels::softmax
