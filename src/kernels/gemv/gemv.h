// SPDX-License-Identifier: Apache-2.0
#pragma once
// Matrix times vector on a CUDA device, as a decoded token needs it: y[m] = sum over k of W[m, k] x[k],
// summed in f32 in an order that depends on the shape only. Every weight is used once, so that reading W is
// all that the time can be. Not supported: a bias, alpha and beta, several vectors, quantised weights.
#include <cstdint>
#include <span>

#include "assay/dtype.h"
#include "kernels/cuda_variant.h"

namespace assay::kernels {

// W is (rows, cols) row-major of f16 or bf16, x has `cols` elements of f32 or bf16, y has `rows` of f32; all
// in device memory, at any alignment of their elements. Rows of 16-byte multiples from a 16-byte boundary are
// read 16 bytes at a time, others element by element. Without columns y is zero. y may not overlap W or x.
struct GemvArgs {
  DType weight_type = DType::kBF16;
  DType x_type = DType::kF32;
  const void* weights = nullptr;
  const void* x = nullptr;
  float* y = nullptr;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
};

// Errors: cudaErrorNotSupported for other types, cudaErrorInvalidValue for negative sizes or more than 2^31
// blocks' worth of rows, and what the launch returns.
using Gemv = CudaStatus (*)(const GemvArgs& args, CudaStream stream);

[[nodiscard]] std::span<const CudaVariant<Gemv>> gemv_cuda_variants();

}  // namespace assay::kernels
