// SPDX-License-Identifier: Apache-2.0
#pragma once
// GELU on a CUDA device: y[i] = x[i] Phi(x[i]), Phi the normal distribution, exactly
//   x / 2 (1 + erf(x / sqrt 2)),
// or the form with a hyperbolic tangent that GPT-2 was trained with
//   x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).
// Source: Hendrycks and Gimpel 2016 (arXiv 1606.08415). Not supported: the sigmoid form x sigmoid(1.702 x).
#include <cstdint>
#include <span>

#include "assay/dtype.h"
#include "kernels/cuda_variant.h"

namespace assay::kernels {

enum class GeluForm : std::uint8_t { kErf, kTanh };

struct GeluElements {
  DType type = DType::kF32;  // f32, f16 or bf16; of x and y. Arithmetic is in f32
  GeluForm form = GeluForm::kErf;
  const void* x = nullptr;  // (count)
  void* y = nullptr;        // (count); may be x, may not overlap it otherwise
  std::int64_t count = 0;
};
// Device pointers, each aligned to its element. Nothing to do: nothing is done. Status: NotSupported for
// another type, InvalidValue from some 2^39 elements on.
using GeluCuda = CudaStatus (*)(const GeluElements& job, CudaStream stream);

[[nodiscard]] std::span<const CudaVariant<GeluCuda>> gelu_cuda_variants();

}  // namespace assay::kernels
