// SPDX-License-Identifier: Apache-2.0
#pragma once
// Embedding on a CUDA device: row r of y is row ids[r] of a table, bit for bit. Not supported: 64-bit ids, a
// table of another type than y, quantised tables.
#include <cstdint>
#include <span>

#include "assay/dtype.h"
#include "kernels/cuda_variant.h"

namespace assay::kernels {

struct EmbeddingRows {
  DType type = DType::kF32;           // f32, f16 or bf16; of table and y
  const void* table = nullptr;        // (vocab, width)
  const std::int32_t* ids = nullptr;  // (tokens); one outside [0, vocab) gives a row of zeros
  void* y = nullptr;                  // (tokens, width); may not overlap the table
  std::int64_t vocab = 0;
  std::int64_t tokens = 0;
  std::int64_t width = 0;
};
// Device pointers, each aligned to its element. No tokens or no width: nothing is done. Status: NotSupported
// for another type, InvalidValue from 2^31 tokens or 2^30 columns on.
using EmbeddingCuda = CudaStatus (*)(const EmbeddingRows& job, CudaStream stream);

[[nodiscard]] std::span<const CudaVariant<EmbeddingCuda>> embedding_cuda_variants();

}  // namespace assay::kernels
