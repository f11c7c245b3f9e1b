// SPDX-License-Identifier: Apache-2.0
#pragma once
// LayerNorm of many rows on a CUDA device:
// y[r][i] = (x[r][i] - mean(x[r])) / sqrt(variance(x[r]) + epsilon) * weight[i] + bias[i], the variance
// divided by the width. Source: Ba, Kiros and Hinton 2016 (arXiv 1607.06450). Not supported: a missing weight
// or bias, a residual added first, statistics as outputs.
#include <cstdint>
#include <span>

#include "assay/dtype.h"
#include "kernels/cuda_variant.h"

namespace assay::kernels {

struct LayerNormRows {
  DType type = DType::kF32;      // f32, f16 or bf16; of all buffers. Arithmetic is in f32
  const void* x = nullptr;       // (rows, width)
  const void* weight = nullptr;  // (width)
  const void* bias = nullptr;    // (width)
  void* y = nullptr;             // (rows, width); may be x, may not overlap it otherwise
  std::int64_t rows = 0;
  std::int64_t width = 0;
  float epsilon = 1e-5f;
};
// Device pointers, each aligned to its element. No rows or no width: nothing is done. Status: NotSupported
// for another type, InvalidValue from 2^31 rows or 2^30 columns on.
using LayerNormCuda = CudaStatus (*)(const LayerNormRows& job, CudaStream stream);

[[nodiscard]] std::span<const CudaVariant<LayerNormCuda>> layernorm_cuda_variants();

}  // namespace assay::kernels
