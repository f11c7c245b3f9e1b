// SPDX-License-Identifier: Apache-2.0
#pragma once
// The matrix product of half-precision matrices on a CUDA device, D = alpha A B + beta C, as a ladder of
// techniques: one file a rung, from one thread for each output to warp-specialised wgmma with TMA multicast.
// Not supported: batches, other types than f16 and bf16, rows with gaps between them.
#include <cstdint>
#include <functional>
#include <span>

#include "kernels/cuda_variant.h"

namespace assay::kernels {

enum class HalfType : std::uint8_t { kF16, kBF16 };

// The first letter tells how A lies in memory, the second B: n as the formula reads it, t transposed.
enum class HgemmLayout : std::uint8_t { kNN, kNT, kTN };

// A is m x k, B is k x n, C and D are m x n, all row-major and dense. C is read only where beta is not 0; D
// may not overlap an input. Sums are in f32, or in f16 with `accumulate_f16` (type f16 only). `scratch` has
// kHgemmScratchBytes, aligned to 256 bytes, of this call alone.
struct HgemmArgs {
  const void* a = nullptr;
  const void* b = nullptr;
  const void* c = nullptr;
  void* d = nullptr;
  std::int64_t m = 0, n = 0, k = 0;
  float alpha = 1, beta = 0;
  HalfType type = HalfType::kF16;
  HgemmLayout layout = HgemmLayout::kNN;
  bool accumulate_f16 = false;
  void* scratch = nullptr;
  device::cuda::Stream stream = nullptr;  // on which making the work may try things out
};

inline constexpr std::int64_t kHgemmScratchBytes = std::int64_t{64} << 20;

// Enqueues one product and does nothing else.
using HgemmWork = std::function<device::cuda::Status(device::cuda::Stream)>;

// Makes the work for one set of arguments: looks up addresses, encodes tensor maps, chooses a tile. It may
// write to D, and is not for timed regions. Errors: cudaErrorInvalidValue if the variant does not take the
// shape or the addresses, else what the runtime answered.
using Hgemm = device::cuda::Status (*)(const HgemmArgs&, HgemmWork& work);

[[nodiscard]] std::span<const CudaVariant<Hgemm>> hgemm_cuda_variants();

}  // namespace assay::kernels
