// SPDX-License-Identifier: Apache-2.0
#pragma once
// RMSNorm of many rows on a CUDA device: y[r][i] = x[r][i] / sqrt(mean(x[r]^2) + epsilon) * weight[i].
// Source: Zhang and Sennrich 2019 (arXiv 1910.07467). Not supported: a residual added first, a weight of
// another type than x.
#include <cstdint>
#include <span>

#include "assay/dtype.h"
#include "kernels/cuda_variant.h"

namespace assay::kernels {

struct RmsNormRows {
  DType type = DType::kF32;      // f32, f16 or bf16; of x, weight and y. Arithmetic is in f32
  const void* x = nullptr;       // (rows, width)
  const void* weight = nullptr;  // (width)
  void* y = nullptr;             // (rows, width); may be x, may not overlap it otherwise
  std::int64_t rows = 0;
  std::int64_t width = 0;
  float epsilon = 1e-5f;
};
// Device pointers, each aligned to its element. No rows or no width: nothing is done. Status: NotSupported
// for another type, InvalidValue from 2^31 rows or 2^30 columns on.
using RmsNormCuda = CudaStatus (*)(const RmsNormRows& job, CudaStream stream);

[[nodiscard]] std::span<const CudaVariant<RmsNormCuda>> rmsnorm_cuda_variants();

}  // namespace assay::kernels
