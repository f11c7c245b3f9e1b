// SPDX-License-Identifier: Apache-2.0
#pragma once
// Cast of a tensor to FP8 with its greatest magnitude, as training in FP8 needs it:
//   y[i] = fp8(x[i] * scale)      one product in float, rounded to nearest even, then rounded as
//   kernels/fp8_cast/fp8.h
//                                 says; the sign of a NaN is lost, everything else keeps it
//   amax = max |x[i]|             before scaling; as the bits of a float: 0 for an empty tensor, and exactly
//                                 0x7FC00000 if any x[i] is NaN
// Delayed scale: the caller gives it (from the amax of earlier steps), x is read once. Dynamic scale: it is
// fp8_dynamic_scale(amax of this x), so x is read twice.
// Not supported: a transposed copy beside y, scales for blocks or rows.
#include <cstddef>
#include <cstdint>
#include <span>

#include "assay/dtype.h"
#include "kernels/cuda_variant.h"
#include "kernels/fp8_cast/fp8.h"

namespace assay::kernels {

inline constexpr std::int64_t kFp8CastScratchBytes = 8 + (4 + 8) * 1024;

struct Fp8CastArgs {
  const void* x = nullptr;    // n elements of `type`, at any alignment of the element
  DType type = DType::kBF16;  // F32, F16 or BF16
  std::int64_t n = 0;
  Fp8Format format = Fp8Format::kE4M3;
  bool saturate = true;
  const float* scale = nullptr;   // on the device; null: dynamic
  std::uint8_t* y = nullptr;      // n codes
  std::uint32_t* amax = nullptr;  // one
  // On the device, kFp8CastScratchBytes long, zeros before the first call that uses it. Every call leaves
  // it ready for the next one; two calls at the same time need two.
  std::byte* scratch = nullptr;
};

// One call. Enqueues. Errors: cudaErrorNotSupported for another type or for a kind of scale that the variant
// does not take, and those of a launch.
using Fp8CastCuda = CudaStatus (*)(const Fp8CastArgs& args, CudaStream stream);

[[nodiscard]] std::span<const CudaVariant<Fp8CastCuda>> fp8_cast_cuda_variants();

[[nodiscard]] CudaStatus fp8_cast_ticket(const Fp8CastArgs& args, CudaStream stream);
[[nodiscard]] CudaStatus fp8_cast_cleared_amax(const Fp8CastArgs& args, CudaStream stream);
[[nodiscard]] CudaStatus fp8_cast_published(const Fp8CastArgs& args, CudaStream stream);
[[nodiscard]] CudaStatus fp8_cast_published_dependent(const Fp8CastArgs& args, CudaStream stream);
[[nodiscard]] CudaStatus fp8_cast_two_kernels(const Fp8CastArgs& args, CudaStream stream);
[[nodiscard]] CudaStatus fp8_cast_dependent_launch(const Fp8CastArgs& args, CudaStream stream);
[[nodiscard]] CudaStatus fp8_cast_grid_barrier(const Fp8CastArgs& args, CudaStream stream);

}  // namespace assay::kernels
