// SPDX-License-Identifier: Apache-2.0
// Softmax of a few wide rows, such as the logits of one token, by a cluster of eight blocks a row. Each block
// sums below its own greatest element; greatest elements and sums meet in the shared memory of every block.
#include <cooperative_groups.h>

#include "kernels/row_ops/row_device.cuh"
#include "kernels/softmax/softmax_cuda_variants.h"
#include "kernels/softmax/softmax_device.cuh"

namespace assay::kernels::softmax {
namespace {

using namespace rows;

constexpr int kBlocks = 8, kThreads = 256;

// kBlocks blocks for each row. Slots go round the blocks, so that all have about as many.
template <class T, int kSlots>
__global__ void __launch_bounds__(kThreads) row_cluster(SoftmaxRows job) {
#if __CUDA_ARCH__ >= 900
  namespace cg = cooperative_groups;
  __shared__ float partials[2][32];
  __shared__ float2 of_blocks[kBlocks];  // greatest element and sum
  constexpr int kN = kPerSlot<T>;
  const cg::cluster_group cluster = cg::this_cluster();
  const int rank = static_cast<int>(cluster.block_rank()), thread = static_cast<int>(threadIdx.x);
  const std::int64_t row = blockIdx.x / kBlocks;
  const T* x = static_cast<const T*>(job.x) + row * job.width;
  T* y = static_cast<T*>(job.y) + row * job.width;
  const int past = elements_past_boundary(x);
  const Extent extent{past, past + static_cast<int>(job.width)};
  x -= past;
  y -= past;
  const bool is_y_aligned = is_16_aligned(y);
  const auto first_of = [&](int s) { return ((s * kBlocks + rank) * kThreads + thread) * kN; };

  uint4 bits[kSlots];
#pragma unroll
  for (int s = 0; s < kSlots; ++s)
    bits[s] = load_slot<T, Keep::kStreamed>(x, first_of(s), extent, true, kMinusInfinities<T>);
  const float greatest = over_row(greatest_of<T>(bits), Max{}, partials[0]);
  // Where there is nothing above minus infinity, the sum is 0.
  const float below = greatest == Max::kNeutral ? 0.0f : greatest;
  const float sum = over_row(sum_below<T>(bits, below), Add{}, partials[1]);

  if (thread < kBlocks) *cluster.map_shared_rank(&of_blocks[rank], thread) = make_float2(greatest, sum);
  cluster.sync();  // from here on each block looks at its own memory only
  float of_row = Max::kNeutral, all = 0;
#pragma unroll
  for (int b = 0; b < kBlocks; ++b) of_row = fmaxf(of_row, of_blocks[b].x);
#pragma unroll
  for (int b = 0; b < kBlocks; ++b)
    if (of_blocks[b].x != Max::kNeutral)
      all = fmaf(of_blocks[b].y, exp_below<T>(of_blocks[b].x, of_row), all);
  const float share = 1.0f / all, in_place = exp_below<T>(below, of_row) * share;

#pragma unroll
  for (int s = 0; s < kSlots; ++s) {
    float values[kN];
    forget_unpacked(bits[s]);
    unpack<T>(bits[s], values);
#pragma unroll
    for (int j = 0; j < kN; ++j)
      values[j] = std::is_same_v<T, float> ? values[j] * in_place : exp_below<T>(values[j], of_row) * share;
    store_slot<T, Keep::kStreamed>(y, first_of(s), extent, is_y_aligned, values);
  }
#endif
}

template <class T, int kSlots>
CudaStatus launch(const SoftmaxRows& job, CudaStream stream) {
  cudaLaunchAttribute attribute{};
  attribute.id = cudaLaunchAttributeClusterDimension;
  attribute.val.clusterDim.x = kBlocks;
  attribute.val.clusterDim.y = attribute.val.clusterDim.z = 1;
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(job.rows * kBlocks));
  config.blockDim = dim3(kThreads);
  config.stream = stream;
  config.attrs = &attribute;
  config.numAttrs = 1;
  const cudaError_t launched = cudaLaunchKernelEx(&config, row_cluster<T, kSlots>, job);
  return launched != cudaSuccess ? launched : cudaGetLastError();
}

}  // namespace

// Rows beyond 256 KB, and more of them than a grid has blocks for, go the way of row_in_registers_streamed.
CudaStatus launch_row_cluster(const SoftmaxRows& job, CudaStream stream) {
  if (!is_in_range(job.rows, job.width)) return cudaErrorInvalidValue;
  if (job.rows == 0 || job.width == 0) return cudaSuccess;
  return with_type(job.type, [&]<class T>(T) -> CudaStatus {
    const std::int64_t slots = slots_of_rows<T>(job.x, job.width);
    const std::int64_t of_thread = (slots + kBlocks * kThreads - 1) / (kBlocks * kThreads);
    if (of_thread > 8 || job.rows > 0x7FFF'FFFF / kBlocks) return launch_row_in_registers(job, stream);
    return of_thread <= 4 ? launch<T, 4>(job, stream) : launch<T, 8>(job, stream);
  });
}

}  // namespace assay::kernels::softmax
