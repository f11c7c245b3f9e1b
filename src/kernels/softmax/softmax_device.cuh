// SPDX-License-Identifier: Apache-2.0
#pragma once
// What softmax's kernels do with the slots of a thread.
#include <type_traits>

#include "kernels/row_ops/row_device.cuh"

namespace assay::kernels::softmax {

// e^(x - greatest); for results of 16 bits by the hardware's 2^x, whose relative error is some |x - greatest|
// 2^-23.
template <class T>
__device__ __forceinline__ float exp_below(float x, float greatest) {
  return std::is_same_v<T, float> ? expf(x - greatest) : __expf(x - greatest);
}

template <class T, int kSlots>
__device__ __forceinline__ float greatest_of(const uint4 (&bits)[kSlots]) {
  float greatest = rows::Max::kNeutral;
#pragma unroll
  for (int s = 0; s < kSlots; ++s) {
    float values[rows::kPerSlot<T>];
    rows::unpack<T>(bits[s], values);
#pragma unroll
    for (int j = 0; j < rows::kPerSlot<T>; ++j) greatest = fmaxf(greatest, values[j]);
  }
  return greatest;
}

// The sum of exponentials below `greatest`; floats become their exponentials in place.
template <class T, int kSlots>
__device__ __forceinline__ float sum_below(uint4 (&bits)[kSlots], float greatest) {
  constexpr int kCount = rows::kSums<kSlots>;
  float sums[kCount] = {};
#pragma unroll
  for (int s = 0; s < kSlots; ++s) {
    float values[rows::kPerSlot<T>];
    rows::forget_unpacked(bits[s]);
    rows::unpack<T>(bits[s], values);
#pragma unroll
    for (int j = 0; j < rows::kPerSlot<T>; ++j) {
      values[j] = exp_below<T>(values[j], greatest);
      sums[j % kCount] += values[j];
    }
    if constexpr (std::is_same_v<T, float>) bits[s] = rows::pack<T>(values);
  }
  return rows::tree_sum(sums);
}

}  // namespace assay::kernels::softmax
