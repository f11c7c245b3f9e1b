// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "kernels/layernorm/layernorm_cuda_variants.h"
#include "kernels/row_ops/row_device.cuh"

namespace assay::kernels {
namespace {

using namespace rows;

constexpr unsigned kBlockRowThreads = 256;

// One block for each row, one element for each step; the row is read three times: mean, variance, result.
template <class T>
__global__ void __launch_bounds__(kBlockRowThreads) block_row(LayerNormRows job) {
  __shared__ float partials[2][32];
  const std::int64_t offset = blockIdx.x * job.width;
  const T* x = static_cast<const T*>(job.x) + offset;
  const T* weight = static_cast<const T*>(job.weight);
  const T* bias = static_cast<const T*>(job.bias);
  T* y = static_cast<T*>(job.y) + offset;
  const int width = static_cast<int>(job.width), step = static_cast<int>(blockDim.x);
  const int begin = static_cast<int>(threadIdx.x);

  float sum = 0, squares = 0;
  for (int i = begin; i < width; i += step) sum += to_float(x[i]);
  const float mean = over_row(sum, Add{}, partials[0]) / static_cast<float>(width);
  for (int i = begin; i < width; i += step) {
    const float distance = to_float(x[i]) - mean;
    squares = fmaf(distance, distance, squares);
  }
  const float variance = over_row(squares, Add{}, partials[1]) / static_cast<float>(width);
  const float scale = 1.0f / sqrtf(variance + job.epsilon);
  for (int i = begin; i < width; i += step)
    from_float(fmaf((to_float(x[i]) - mean) * scale, to_float(weight[i]), to_float(bias[i])), y[i]);
}

// blockDim.x threads for each row, blockDim.y rows in a block. The row stays in registers, packed as it came,
// so that the variance is that of distances from the mean (no cancellation) at no second read.
template <class T, int kSlots, Keep kKeep>
__global__ void __launch_bounds__(kMostThreads) row_in_registers(LayerNormRows job) {
  __shared__ float partials[2][32];
  constexpr int kN = kPerSlot<T>;
  constexpr Keep kLoad = kSlots <= 4 ? kKeep : Keep::kCached;  // the other would spill registers
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * blockDim.y + threadIdx.y;
  if (row >= job.rows) return;  // a whole warp: blockDim.y > 1 only with rows of one warp
  const T* x = static_cast<const T*>(job.x) + row * job.width;
  T* y = static_cast<T*>(job.y) + row * job.width;
  const int past = elements_past_boundary(x);
  const Extent extent{past, past + static_cast<int>(job.width)};
  x -= past;
  y -= past;
  const T* weight = static_cast<const T*>(job.weight) - past;
  const T* bias = static_cast<const T*>(job.bias) - past;
  const bool is_y_aligned = is_16_aligned(y);
  const bool is_weight_aligned = is_16_aligned(weight), is_bias_aligned = is_16_aligned(bias);
  const auto first_of = [](int s) { return static_cast<int>(threadIdx.x + s * blockDim.x) * kN; };

  // Everything that fits is requested before anything is used.
  constexpr bool kEarlyWeights = kSlots <= 2;
  uint4 bits[kSlots], weights[kSlots], biases[kSlots];
  const auto load_weights = [&](int s) {
    weights[s] = load_slot<T, Keep::kCached>(weight, first_of(s), extent, is_weight_aligned);
    biases[s] = load_slot<T, Keep::kCached>(bias, first_of(s), extent, is_bias_aligned);
  };
#pragma unroll
  for (int s = 0; s < kSlots; ++s) bits[s] = load_slot<T, kLoad>(x, first_of(s), extent, true);
  if constexpr (kEarlyWeights) {
#pragma unroll
    for (int s = 0; s < kSlots; ++s) load_weights(s);
  }

  // The mean; elements outside the row are zeros.
  const float width = static_cast<float>(job.width);
  float sums[kSums<kSlots>] = {};
#pragma unroll
  for (int s = 0; s < kSlots; ++s) {
    float values[kN];
    unpack<T>(bits[s], values);
#pragma unroll
    for (int j = 0; j < kN; ++j) sums[j % kSums<kSlots>] += values[j];
  }
  const float mean = over_row(tree_sum(sums), Add{}, partials[0]) / width;

  // The variance; here elements outside the row would count.
  float squares[kSums<kSlots>] = {};
#pragma unroll
  for (int s = 0; s < kSlots; ++s) {
    float values[kN];
    forget_unpacked(bits[s]);
    unpack<T>(bits[s], values);
    if (!extent.fills(first_of(s), kN)) {
#pragma unroll
      for (int j = 0; j < kN; ++j) {
        if (!extent.has(first_of(s) + j)) values[j] = mean;
      }
    }
#pragma unroll
    for (int j = 0; j < kN; ++j) {
      const float distance = values[j] - mean;
      squares[j % kSums<kSlots>] = fmaf(distance, distance, squares[j % kSums<kSlots>]);
    }
  }
  const float scale = rsqrtf(over_row(tree_sum(squares), Add{}, partials[1]) / width + job.epsilon);

  // Scale, shift and write.
#pragma unroll
  for (int s = 0; s < kSlots; ++s) {
    if constexpr (!kEarlyWeights) load_weights(s);
    float values[kN], factors[kN], shifts[kN];
    forget_unpacked(bits[s]);
    unpack<T>(bits[s], values);
    unpack<T>(weights[s], factors);
    unpack<T>(biases[s], shifts);
#pragma unroll
    for (int j = 0; j < kN; ++j) values[j] = fmaf((values[j] - mean) * scale, factors[j], shifts[j]);
    store_slot<T, kKeep>(y, first_of(s), extent, is_y_aligned, values);
  }
}

CudaStatus layernorm_block_row(const LayerNormRows& job, CudaStream stream) {
  if (!is_in_range(job.rows, job.width)) return cudaErrorInvalidValue;
  if (job.rows == 0 || job.width == 0) return cudaSuccess;
  return with_type(job.type, [&]<class T>(T) -> CudaStatus {
    block_row<T><<<static_cast<unsigned>(job.rows), kBlockRowThreads, 0, stream>>>(job);
    return cudaGetLastError();
  });
}

template <Keep kKeep>
CudaStatus layernorm_row_in_registers(const LayerNormRows& job, CudaStream stream) {
  if (!is_in_range(job.rows, job.width)) return cudaErrorInvalidValue;
  if (job.rows == 0 || job.width == 0) return cudaSuccess;
  return with_type(job.type, [&]<class T>(T) -> CudaStatus {
    const RowPlan plan = plan_row(job.rows, slots_of_rows<T>(job.x, job.width));
    if (plan.slots == 0) return layernorm_block_row(job, stream);
    const dim3 block(plan.threads, plan.rows);
    const auto blocks = static_cast<unsigned>((job.rows + plan.rows - 1) / plan.rows);
    return with_slots(plan.slots, [&]<int kSlots>(std::integral_constant<int, kSlots>) -> CudaStatus {
      row_in_registers<T, kSlots, kKeep><<<blocks, block, 0, stream>>>(job);
      return cudaGetLastError();
    });
  });
}

// The obvious one stands for comparison: where it takes long it says nothing new.
bool is_small(const Point& p) { return p["rows"] * p["width"] <= std::int64_t{1} << 22; }
// Others go the way of row_in_registers_streamed.
bool has_several_rows(const Point& p) { return p["rows"] >= 528 && p["width"] <= 8192; }

constexpr std::array<CudaVariant<LayerNormCuda>, 4> kVariants{{
    {.name = "layernorm/cuda.block_row", .run = layernorm_block_row, .takes = is_small},
    {.name = "layernorm/cuda.row_in_registers", .run = layernorm_row_in_registers<Keep::kCached>},
    {.name = "layernorm/cuda.row_in_registers_streamed", .run = layernorm_row_in_registers<Keep::kStreamed>},
    {.name = "layernorm/cuda.row_group", .run = layernorm::launch_row_group, .takes = has_several_rows},
}};

}  // namespace

CudaStatus layernorm::launch_row_in_registers(const LayerNormRows& job, CudaStream stream) {
  return layernorm_row_in_registers<Keep::kStreamed>(job, stream);
}

std::span<const CudaVariant<LayerNormCuda>> layernorm_cuda_variants() { return kVariants; }

}  // namespace assay::kernels
