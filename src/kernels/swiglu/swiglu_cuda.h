// SPDX-License-Identifier: Apache-2.0
#pragma once
// SwiGLU on a CUDA device: y[i] = gate[i] * sigmoid(gate[i]) * up[i]. Source: Shazeer 2020 (arXiv
// 2002.05202). Not supported: gate and up interleaved in one buffer, other gates.
#include <cstdint>
#include <span>

#include "assay/dtype.h"
#include "kernels/cuda_variant.h"

namespace assay::kernels {

struct SwiGluElements {
  DType type = DType::kF32;    // f32, f16 or bf16; of gate, up and y. Arithmetic is in f32
  const void* gate = nullptr;  // (count)
  const void* up = nullptr;    // (count)
  void* y = nullptr;           // (count); may be gate or up, may not overlap them otherwise
  std::int64_t count = 0;
};
// Device pointers, each aligned to its element. Nothing to do: nothing is done. Status: NotSupported for
// another type, InvalidValue from some 2^39 elements on.
using SwiGluCuda = CudaStatus (*)(const SwiGluElements& job, CudaStream stream);

[[nodiscard]] std::span<const CudaVariant<SwiGluCuda>> swiglu_cuda_variants();

}  // namespace assay::kernels
