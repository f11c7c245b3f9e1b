// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "kernels/dependent_launch.cuh"
#include "kernels/row_ops/row_device.cuh"
#include "kernels/softmax/softmax_cuda_variants.h"
#include "kernels/softmax/softmax_device.cuh"

namespace assay::kernels {
namespace {

using namespace rows;
using softmax::exp_below;
using softmax::greatest_of;
using softmax::sum_below;

constexpr unsigned kBlockRowThreads = 256;
constexpr unsigned kOnlineThreads = 1024;

// One block for each row, one element for each step; the row is read three times: maximum, sum, result.
template <class T>
__global__ void __launch_bounds__(kBlockRowThreads) block_row(SoftmaxRows job) {
  __shared__ float partials[2][32];
  const std::int64_t offset = blockIdx.x * job.width;
  const T* x = static_cast<const T*>(job.x) + offset;
  T* y = static_cast<T*>(job.y) + offset;
  const int width = static_cast<int>(job.width), step = static_cast<int>(blockDim.x);
  const int begin = static_cast<int>(threadIdx.x);

  float greatest = Max::kNeutral, sum = 0;
  for (int i = begin; i < width; i += step) greatest = fmaxf(greatest, to_float(x[i]));
  greatest = over_row(greatest, Max{}, partials[0]);
  for (int i = begin; i < width; i += step) sum += expf(to_float(x[i]) - greatest);
  sum = over_row(sum, Add{}, partials[1]);
  for (int i = begin; i < width; i += step) from_float(expf(to_float(x[i]) - greatest) / sum, y[i]);
}

// blockDim.x threads for each row, blockDim.y rows in a block; the row stays in registers, packed as it came.
// Values of 16 bits are taken to their exponential twice, for the sum and for the result: unpacked they would
// need twice the registers.
template <class T, int kSlots, Keep kKeep>
__global__ void __launch_bounds__(kMostThreads) row_in_registers(SoftmaxRows job) {
  __shared__ float partials[2][32];
  constexpr int kN = kPerSlot<T>;
  constexpr Keep kLoad = kSlots <= 4 ? kKeep : Keep::kCached;  // the other would spill registers
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * blockDim.y + threadIdx.y;
  let_next_grid_begin();
  if (row >= job.rows) return;  // a whole warp: blockDim.y > 1 only with rows of one warp
  wait_for_grids_before();
  const T* x = static_cast<const T*>(job.x) + row * job.width;
  T* y = static_cast<T*>(job.y) + row * job.width;
  const int past = elements_past_boundary(x);
  const Extent extent{past, past + static_cast<int>(job.width)};
  x -= past;
  y -= past;
  const bool is_y_aligned = is_16_aligned(y);
  const auto first_of = [](int s) { return static_cast<int>(threadIdx.x + s * blockDim.x) * kN; };

  // What is outside the row is minus infinity: never the maximum, and nothing in the sum.
  uint4 bits[kSlots];
#pragma unroll
  for (int s = 0; s < kSlots; ++s)
    bits[s] = load_slot<T, kLoad>(x, first_of(s), extent, true, kMinusInfinities<T>);

  const float greatest = over_row(greatest_of<T>(bits), Max{}, partials[0]);
  const float share = 1.0f / over_row(sum_below<T>(bits, greatest), Add{}, partials[1]);

#pragma unroll
  for (int s = 0; s < kSlots; ++s) {
    float values[kN];
    forget_unpacked(bits[s]);
    unpack<T>(bits[s], values);
#pragma unroll
    for (int j = 0; j < kN; ++j)
      values[j] = (std::is_same_v<T, float> ? values[j] : exp_below<T>(values[j], greatest)) * share;
    store_slot<T, kKeep>(y, first_of(s), extent, is_y_aligned, values);
  }
}

// For rows that do not fit in registers: a block reads the row once for maximum and sum together (each thread
// corrects its sum when its maximum rises; Milakov and Gimelshein 2018, arXiv 1805.02867) and once more for
// the result, from the L2 cache while few blocks run: one for each multiprocessor.
template <class T, Keep kKeep>
__global__ void __launch_bounds__(kOnlineThreads) online_row(SoftmaxRows job) {
  __shared__ float partials[2][32];
  constexpr int kN = kPerSlot<T>, kUnroll = 4;
  const T* x = static_cast<const T*>(job.x) + blockIdx.x * job.width;
  T* y = static_cast<T*>(job.y) + blockIdx.x * job.width;
  const int past = elements_past_boundary(x);
  const Extent extent{past, past + static_cast<int>(job.width)};
  x -= past;
  y -= past;
  const bool is_y_aligned = is_16_aligned(y);
  const int begin = static_cast<int>(threadIdx.x) * kN, step = static_cast<int>(blockDim.x) * kN;

  float greatest = Max::kNeutral, sum = 0;
  for (int base = begin; base < extent.end; base += kUnroll * step) {
    uint4 bits[kUnroll];
#pragma unroll
    for (int u = 0; u < kUnroll; ++u)
      bits[u] = load_slot<T, Keep::kCached>(x, base + u * step, extent, true, kMinusInfinities<T>);
#pragma unroll
    for (int u = 0; u < kUnroll; ++u) {
      float values[kN];
      unpack<T>(bits[u], values);
      float here = greatest;
#pragma unroll
      for (int j = 0; j < kN; ++j) here = fmaxf(here, values[j]);
      if (here == Max::kNeutral) continue;  // nothing yet: the difference of infinities is no number
      if (here > greatest) sum *= exp_below<T>(greatest, here);
      greatest = here;
#pragma unroll
      for (int j = 0; j < kN; ++j) sum += exp_below<T>(values[j], greatest);
    }
  }
  const float of_row = over_row(greatest, Max{}, partials[0]);
  sum = greatest == Max::kNeutral ? 0.0f : sum * exp_below<T>(greatest, of_row);
  const float share = 1.0f / over_row(sum, Add{}, partials[1]);

  for (int base = begin; base < extent.end; base += kUnroll * step) {
    uint4 bits[kUnroll];
#pragma unroll
    for (int u = 0; u < kUnroll; ++u) bits[u] = load_slot<T, kKeep>(x, base + u * step, extent, true);
#pragma unroll
    for (int u = 0; u < kUnroll; ++u) {
      float values[kN];
      unpack<T>(bits[u], values);
#pragma unroll
      for (int j = 0; j < kN; ++j) values[j] = exp_below<T>(values[j], of_row) * share;
      store_slot<T, kKeep>(y, base + u * step, extent, is_y_aligned, values);
    }
  }
}

bool is_refused(const SoftmaxRows& job) { return !is_in_range(job.rows, job.width); }
bool is_empty(const SoftmaxRows& job) { return job.rows == 0 || job.width == 0; }

CudaStatus softmax_block_row(const SoftmaxRows& job, CudaStream stream) {
  if (is_refused(job)) return cudaErrorInvalidValue;
  if (is_empty(job)) return cudaSuccess;
  return with_type(job.type, [&]<class T>(T) -> CudaStatus {
    block_row<T><<<static_cast<unsigned>(job.rows), kBlockRowThreads, 0, stream>>>(job);
    return cudaGetLastError();
  });
}

CudaStatus softmax_online_row(const SoftmaxRows& job, CudaStream stream) {
  if (is_refused(job)) return cudaErrorInvalidValue;
  if (is_empty(job)) return cudaSuccess;
  return with_type(job.type, [&]<class T>(T) -> CudaStatus {
    online_row<T, Keep::kStreamed><<<static_cast<unsigned>(job.rows), kOnlineThreads, 0, stream>>>(job);
    return cudaGetLastError();
  });
}

template <Keep kKeep, bool kDependent = false>
CudaStatus softmax_row_in_registers(const SoftmaxRows& job, CudaStream stream) {
  if (is_refused(job)) return cudaErrorInvalidValue;
  if (is_empty(job)) return cudaSuccess;
  return with_type(job.type, [&]<class T>(T) -> CudaStatus {
    const RowPlan plan = plan_row(job.rows, slots_of_rows<T>(job.x, job.width));
    if (plan.slots == 0) return softmax_online_row(job, stream);
    const dim3 block(plan.threads, plan.rows);
    const auto blocks = static_cast<unsigned>((job.rows + plan.rows - 1) / plan.rows);
    return with_slots(plan.slots, [&]<int kSlots>(std::integral_constant<int, kSlots>) -> CudaStatus {
      return launch(kDependent, row_in_registers<T, kSlots, kKeep>, blocks, block, 0, stream, job);
    });
  });
}

// The obvious one stands for comparison: where it takes long it says nothing new.
bool is_small(const Point& p) { return p["rows"] * p["width"] <= std::int64_t{1} << 22; }
bool has_wide_rows(const Point& p) { return p["width"] > 16'384; }
// With many rows the blocks of a cluster wait for each other longer than for memory.
bool has_few_wide_rows(const Point& p) { return has_wide_rows(p) && p["rows"] <= 64; }

constexpr std::array<CudaVariant<SoftmaxCuda>, 6> kVariants{{
    {.name = "softmax/cuda.block_row", .run = softmax_block_row, .takes = is_small},
    {.name = "softmax/cuda.online_row", .run = softmax_online_row, .takes = has_wide_rows},
    {.name = "softmax/cuda.row_in_registers", .run = softmax_row_in_registers<Keep::kCached>},
    {.name = "softmax/cuda.row_in_registers_streamed", .run = softmax_row_in_registers<Keep::kStreamed>},
    {.name = "softmax/cuda.row_in_registers_dependent",
     .code = CudaCode::kSm90a,
     .run = softmax_row_in_registers<Keep::kStreamed, true>},
    {.name = "softmax/cuda.row_cluster",
     .code = CudaCode::kSm90a,
     .run = softmax::launch_row_cluster,
     .takes = has_few_wide_rows},
}};

}  // namespace

CudaStatus softmax::launch_row_in_registers(const SoftmaxRows& job, CudaStream stream) {
  return softmax_row_in_registers<Keep::kStreamed>(job, stream);
}

std::span<const CudaVariant<SoftmaxCuda>> softmax_cuda_variants() { return kVariants; }

}  // namespace assay::kernels
