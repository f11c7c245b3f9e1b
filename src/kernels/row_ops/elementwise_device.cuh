// SPDX-License-Identifier: Apache-2.0
#pragma once
// y[i] = f(a[i], ...) over one long line: the kernels and launches that element-by-element operations share.
// An operation is a type with a static `float of(float a)` or `float of(float a, float b)`. Not supported:
// broadcasting, more than two inputs, 2^39 elements and more (blocks are numbered in 31 bits).
#include "kernels/row_ops/row_device.cuh"

namespace assay::kernels::rows {

template <int kInputs>
struct Elements {
  const void* inputs[kInputs] = {};
  void* y = nullptr;
  std::int64_t count = 0;
};

inline constexpr unsigned kElementThreads = 256;

template <class Operation>
__device__ __forceinline__ float apply(const float (&in)[1]) {
  return Operation::of(in[0]);
}
template <class Operation>
__device__ __forceinline__ float apply(const float (&in)[2]) {
  return Operation::of(in[0], in[1]);
}

template <class T, class Operation, int kInputs>
__global__ void __launch_bounds__(kElementThreads) element_per_thread(Elements<kInputs> job) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= job.count) return;
  float in[kInputs];
#pragma unroll
  for (int k = 0; k < kInputs; ++k) in[k] = to_float(static_cast<const T*>(job.inputs[k])[i]);
  from_float(apply<Operation>(in), static_cast<T*>(job.y)[i]);
}

// Each thread has kSlots slots of 16 bytes of every input in flight before it computes; a block's slots are
// neighbours. The line is cut where y's boundaries are.
template <class T, class Operation, int kInputs, int kSlots, Keep kKeep>
__global__ void __launch_bounds__(kElementThreads) slots_per_thread(Elements<kInputs> job) {
  constexpr int kN = kPerSlot<T>;
  constexpr int kPerBlock = static_cast<int>(kElementThreads) * kSlots * kN;
  const int past = elements_past_boundary(static_cast<const T*>(job.y));
  // Counted from this block's first slot; the line begins `past` elements after the first block's.
  const std::int64_t base = static_cast<std::int64_t>(blockIdx.x) * kPerBlock - past;
  const std::int64_t left = job.count - base;
  const Extent extent{blockIdx.x == 0 ? past : 0, left < kPerBlock ? static_cast<int>(left) : kPerBlock};
  T* y = static_cast<T*>(job.y) + base;
  const auto first_of = [](int s) { return static_cast<int>(threadIdx.x + s * kElementThreads) * kN; };

  uint4 bits[kInputs][kSlots];
#pragma unroll
  for (int k = 0; k < kInputs; ++k) {
    const T* in = static_cast<const T*>(job.inputs[k]) + base;
    const bool is_aligned = is_16_aligned(in);
#pragma unroll
    for (int s = 0; s < kSlots; ++s) bits[k][s] = load_slot<T, kKeep>(in, first_of(s), extent, is_aligned);
  }
#pragma unroll
  for (int s = 0; s < kSlots; ++s) {
    float values[kInputs][kN], results[kN];
#pragma unroll
    for (int k = 0; k < kInputs; ++k) unpack<T>(bits[k][s], values[k]);
#pragma unroll
    for (int j = 0; j < kN; ++j) {
      float in[kInputs];
#pragma unroll
      for (int k = 0; k < kInputs; ++k) in[k] = values[k][j];
      results[j] = apply<Operation>(in);
    }
    store_slot<T, kKeep>(y, first_of(s), extent, true, results);
  }
}

// 2^31 - 1 blocks of kElementThreads elements, and room for the first slot's boundary.
inline constexpr std::int64_t kMostElements = (std::int64_t{1} << 39) - 1024;

template <class Operation, int kInputs>
CudaStatus launch_element_per_thread(DType type, const Elements<kInputs>& job, CudaStream stream) {
  if (job.count < 0 || job.count > kMostElements) return cudaErrorInvalidValue;
  if (job.count == 0) return cudaSuccess;
  return with_type(type, [&]<class T>(T) -> CudaStatus {
    const auto blocks = static_cast<unsigned>((job.count + kElementThreads - 1) / kElementThreads);
    element_per_thread<T, Operation, kInputs><<<blocks, kElementThreads, 0, stream>>>(job);
    return cudaGetLastError();
  });
}

template <class Operation, int kSlots, Keep kKeep, int kInputs>
CudaStatus launch_slots_per_thread(DType type, const Elements<kInputs>& job, CudaStream stream) {
  if (job.count < 0 || job.count > kMostElements) return cudaErrorInvalidValue;
  if (job.count == 0) return cudaSuccess;
  return with_type(type, [&]<class T>(T) -> CudaStatus {
    constexpr std::int64_t kPerBlock = std::int64_t{kElementThreads} * kSlots * kPerSlot<T>;
    const std::int64_t slots = job.count + elements_past_boundary(static_cast<const T*>(job.y));
    const auto blocks = static_cast<unsigned>((slots + kPerBlock - 1) / kPerBlock);
    slots_per_thread<T, Operation, kInputs, kSlots, kKeep><<<blocks, kElementThreads, 0, stream>>>(job);
    return cudaGetLastError();
  });
}

}  // namespace assay::kernels::rows
