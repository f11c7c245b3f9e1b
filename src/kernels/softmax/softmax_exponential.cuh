// SPDX-License-Identifier: Apache-2.0
#pragma once
// The exponential of softmax's kernels.
#include <type_traits>

namespace assay::kernels::softmax {

// e^(x - greatest); for results of 16 bits by the hardware's 2^x, whose relative error is some |x - greatest|
// 2^-23.
template <class T>
__device__ __forceinline__ float exp_below(float x, float greatest) {
  return std::is_same_v<T, float> ? expf(x - greatest) : __expf(x - greatest);
}

}  // namespace assay::kernels::softmax
