// SPDX-License-Identifier: Apache-2.0
#pragma once
// cuBLASLt, NVIDIA's own matrix product: the peer that kernels are measured beside. Looked up when first
// asked for (libcublasLt.so.13, then .12), so that assay neither links nor needs it. Require open_device() to
// have succeeded. Not supported: batches, epilogues, types other than f16 and bf16.
#include <cstdint>
#include <functional>

#include "base/result.h"
#include "device/cuda/stream_handle.h"

namespace assay::device::cuda {

// D = alpha op(A) op(B) + beta C, row-major and dense: op(A) is m x k, op(B) k x n, C and D m x n; a
// transposed matrix lies as its transpose does. C is read only where beta is not 0. No size may be 0.
struct HalfProduct {
  const void* a = nullptr;
  const void* b = nullptr;
  const void* c = nullptr;
  void* d = nullptr;
  std::int64_t m = 0, n = 0, k = 0;
  bool a_transposed = false, b_transposed = false;
  bool is_bf16 = false;
  bool accumulate_f16 = false;  // f16 only: sums in f16 as well
  float alpha = 1, beta = 0;
  void* workspace = nullptr;  // aligned to 256 bytes
  std::int64_t workspace_bytes = 0;
};

// Loads the library, once a process. Errors: kUnavailable if it is not there or too old; kDevice.
[[nodiscard]] Result<void> open_cublaslt();

// Chooses the fastest of the library's default and its first eight proposals by timing replays of each on the
// product's own buffers (D is overwritten), and returns what enqueues that choice: 0, or a status of CUDA.
// Sums of several blocks are added in the type of the sums. Not for timed regions; waits. Errors: as
// open_cublaslt(), kUnsupported if the library has nothing for the product.
[[nodiscard]] Result<std::function<Status(Stream)>> plan_cublaslt(const HalfProduct& product, Stream stream);

}  // namespace assay::device::cuda
