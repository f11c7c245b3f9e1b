// SPDX-License-Identifier: Apache-2.0
#pragma once
// Softmax of many rows on a CUDA device: y[r][i] = e^(x[r][i] - m) / sum over j of e^(x[r][j] - m), m the
// row's maximum. A row with +infinity or NaN, or of nothing but -infinity, gives NaN. Not supported: a
// temperature, a mask, the logarithm.
#include <cstdint>
#include <span>

#include "assay/dtype.h"
#include "kernels/cuda_variant.h"

namespace assay::kernels {

struct SoftmaxRows {
  DType type = DType::kF32;  // f32, f16 or bf16; of x and y. Arithmetic is in f32
  const void* x = nullptr;   // (rows, width)
  void* y = nullptr;         // (rows, width); may be x, may not overlap it otherwise
  std::int64_t rows = 0;
  std::int64_t width = 0;
};
// Device pointers, each aligned to its element. No rows or no width: nothing is done. Status: NotSupported
// for another type, InvalidValue from 2^31 rows or 2^30 columns on.
using SoftmaxCuda = CudaStatus (*)(const SoftmaxRows& job, CudaStream stream);

[[nodiscard]] std::span<const CudaVariant<SoftmaxCuda>> softmax_cuda_variants();

}  // namespace assay::kernels
