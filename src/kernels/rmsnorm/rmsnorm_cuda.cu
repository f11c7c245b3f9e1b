// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "kernels/rmsnorm/rmsnorm_cuda_variants.h"
#include "kernels/row_ops/row_device.cuh"

namespace assay::kernels {
namespace {

using namespace rows;

constexpr unsigned kBlockRowThreads = 256;

// One block for each row, one element for each step; the row is read twice.
template <class T>
__global__ void __launch_bounds__(kBlockRowThreads) block_row(RmsNormRows job) {
  __shared__ float partials[32];
  const std::int64_t offset = blockIdx.x * job.width;
  const T* x = static_cast<const T*>(job.x) + offset;
  const T* weight = static_cast<const T*>(job.weight);
  T* y = static_cast<T*>(job.y) + offset;
  const int width = static_cast<int>(job.width);

  float squares = 0;
  for (int i = static_cast<int>(threadIdx.x); i < width; i += static_cast<int>(blockDim.x)) {
    const float value = to_float(x[i]);
    squares = fmaf(value, value, squares);
  }
  squares = over_row(squares, Add{}, partials);
  const float scale = 1.0f / sqrtf(squares / static_cast<float>(width) + job.epsilon);
  for (int i = static_cast<int>(threadIdx.x); i < width; i += static_cast<int>(blockDim.x))
    from_float(to_float(x[i]) * scale * to_float(weight[i]), y[i]);
}

// blockDim.x threads for each row, blockDim.y rows in a block. The row stays in registers, packed as it came,
// between the sum and the product: one read and one write of device memory.
template <class T, int kSlots, Keep kKeep>
__global__ void __launch_bounds__(kMostThreads) row_in_registers(RmsNormRows job) {
  __shared__ float partials[32];
  constexpr int kN = kPerSlot<T>;
  constexpr Keep kLoad = kSlots <= 4 ? kKeep : Keep::kCached;  // the other would spill registers
  // Wide rows have no registers left for the weights.
  constexpr bool kEarlyWeights = kSlots <= 4;
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * blockDim.y + threadIdx.y;
  if (row >= job.rows) return;  // a whole warp: blockDim.y > 1 only with rows of one warp
  const T* x = static_cast<const T*>(job.x) + row * job.width;
  T* y = static_cast<T*>(job.y) + row * job.width;
  const int past = elements_past_boundary(x);
  const Extent extent{past, past + static_cast<int>(job.width)};
  x -= past;
  y -= past;
  const T* weight = static_cast<const T*>(job.weight) - past;
  const bool is_y_aligned = is_16_aligned(y), is_weight_aligned = is_16_aligned(weight);

  // Everything is requested before anything is used.
  uint4 bits[kSlots], weights[kSlots];
#pragma unroll
  for (int s = 0; s < kSlots; ++s)
    bits[s] = load_slot<T, kLoad>(x, static_cast<int>(threadIdx.x + s * blockDim.x) * kN, extent, true);
  if constexpr (kEarlyWeights) {
#pragma unroll
    for (int s = 0; s < kSlots; ++s)
      weights[s] = load_slot<T, Keep::kCached>(weight, static_cast<int>(threadIdx.x + s * blockDim.x) * kN,
                                               extent, is_weight_aligned);
  }

  // Several sums: short chains of additions.
  float sums[kSums<kSlots>] = {};
#pragma unroll
  for (int s = 0; s < kSlots; ++s) {
    float values[kN];
    unpack<T>(bits[s], values);
#pragma unroll
    for (int j = 0; j < kN; ++j)
      sums[j % kSums<kSlots>] = fmaf(values[j], values[j], sums[j % kSums<kSlots>]);
  }
  const float squares = over_row(tree_sum(sums), Add{}, partials);
  const float scale = rsqrtf(squares / static_cast<float>(job.width) + job.epsilon);

  // Scale and write.
#pragma unroll
  for (int s = 0; s < kSlots; ++s) {
    const int first = static_cast<int>(threadIdx.x + s * blockDim.x) * kN;
    if constexpr (!kEarlyWeights)
      weights[s] = load_slot<T, Keep::kCached>(weight, first, extent, is_weight_aligned);
    float values[kN], factors[kN];
    forget_unpacked(bits[s]);
    unpack<T>(bits[s], values);
    unpack<T>(weights[s], factors);
#pragma unroll
    for (int j = 0; j < kN; ++j) values[j] = values[j] * scale * factors[j];
    store_slot<T, kKeep>(y, first, extent, is_y_aligned, values);
  }
}

CudaStatus rmsnorm_block_row(const RmsNormRows& job, CudaStream stream) {
  if (!is_in_range(job.rows, job.width)) return cudaErrorInvalidValue;
  if (job.rows == 0 || job.width == 0) return cudaSuccess;
  return with_type(job.type, [&]<class T>(T) -> CudaStatus {
    block_row<T><<<static_cast<unsigned>(job.rows), kBlockRowThreads, 0, stream>>>(job);
    return cudaGetLastError();
  });
}

template <Keep kKeep>
CudaStatus rmsnorm_row_in_registers(const RmsNormRows& job, CudaStream stream) {
  if (!is_in_range(job.rows, job.width)) return cudaErrorInvalidValue;
  if (job.rows == 0 || job.width == 0) return cudaSuccess;
  return with_type(job.type, [&]<class T>(T) -> CudaStatus {
    const RowPlan plan = plan_row(job.rows, slots_of_rows<T>(job.x, job.width));
    if (plan.slots == 0) return rmsnorm_block_row(job, stream);
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

constexpr std::array<CudaVariant<RmsNormCuda>, 4> kVariants{{
    {.name = "rmsnorm/cuda.block_row", .run = rmsnorm_block_row, .takes = is_small},
    {.name = "rmsnorm/cuda.row_in_registers", .run = rmsnorm_row_in_registers<Keep::kCached>},
    {.name = "rmsnorm/cuda.row_in_registers_streamed", .run = rmsnorm_row_in_registers<Keep::kStreamed>},
    {.name = "rmsnorm/cuda.row_group", .run = rmsnorm::launch_row_group, .takes = has_several_rows},
}};

}  // namespace

CudaStatus rmsnorm::launch_row_in_registers(const RmsNormRows& job, CudaStream stream) {
  return rmsnorm_row_in_registers<Keep::kStreamed>(job, stream);
}

std::span<const CudaVariant<RmsNormCuda>> rmsnorm_cuda_variants() { return kVariants; }

}  // namespace assay::kernels
