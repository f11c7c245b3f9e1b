// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rotary position embedding of many tokens on a CUDA device, from tables of cosines and sines (rope_angles()
// makes a row). Source: Su et al. 2021 (arXiv 2104.09864). Not supported: angles computed on the device,
// tokens apart from each other in memory (a part of a QKV row).
#include <cstdint>
#include <span>

#include "assay/dtype.h"
#include "kernels/cuda_variant.h"
#include "kernels/rope/rope_pairs.h"

namespace assay::kernels {

struct RopeTokens {
  DType type = DType::kF32;        // f32, f16 or bf16; of x and y. Arithmetic is in f32
  const void* x = nullptr;         // (tokens, heads, head_dim)
  const float* cosines = nullptr;  // (tokens, dims / 2)
  const float* sines = nullptr;    // (tokens, dims / 2)
  void* y = nullptr;               // as x; may be x, may not overlap it otherwise
  std::int64_t tokens = 0;
  std::int64_t heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t dims =
      0;  // the first dims elements of a head are rotated, the others copied; even, at most head_dim
  RopePairs pairs = RopePairs::kInterleaved;
};
// Device pointers, each aligned to its element. An empty x: nothing is done. Status: NotSupported for another
// type, InvalidValue for odd dims, dims > head_dim, and from 2^31 heads or 2^31 elements of all heads of one
// token on.
using RopeCuda = CudaStatus (*)(const RopeTokens& job, CudaStream stream);

[[nodiscard]] std::span<const CudaVariant<RopeCuda>> rope_cuda_variants();

}  // namespace assay::kernels
