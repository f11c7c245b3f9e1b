// SPDX-License-Identifier: Apache-2.0
#pragma once
// Floats to the quantised blocks of 32 of GGUF and every quantised block back, bit-exact with
// values/blocks.h, whose encoder and decoder are the definition (values/block_layout.h has the layouts).
// Blocks lie one after another from the start of the buffer. Not supported: encoding the blocks of 256, whose
// scales are found by a search.
#include <cstdint>
#include <span>

#include "assay/dtype.h"
#include "kernels/cuda_variant.h"

namespace assay::kernels {

struct QuantiseArgs {
  const float* x = nullptr;   // n finite values
  std::int64_t n = 0;         // a multiple of 32
  DType type = DType::kQ4_0;  // Q4_0, Q4_1, Q5_0, Q5_1 or Q8_0
  std::uint8_t* y = nullptr;  // the blocks, at any address
};

struct DequantiseArgs {
  const std::uint8_t* x = nullptr;  // the blocks, at any address
  DType from = DType::kQ4_0;        // any quantised type
  std::int64_t n = 0;               // values, a multiple of the block's
  DType to = DType::kF16;           // F16, BF16 or F32: the decoder's floats, rounded to nearest even
  void* y = nullptr;                // at any alignment of the element
};

// One call each. Enqueues. Errors: cudaErrorNotSupported for another type, cudaErrorInvalidValue for an n
// that is no multiple of the block, and those of a launch.
using QuantiseCuda = CudaStatus (*)(const QuantiseArgs& args, CudaStream stream);
using DequantiseCuda = CudaStatus (*)(const DequantiseArgs& args, CudaStream stream);

[[nodiscard]] std::span<const CudaVariant<QuantiseCuda>> quantise_cuda_variants();
[[nodiscard]] std::span<const CudaVariant<DequantiseCuda>> dequantise_cuda_variants();

}  // namespace assay::kernels
