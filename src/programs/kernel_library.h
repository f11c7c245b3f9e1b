// SPDX-License-Identifier: Apache-2.0
#pragma once
// Kernels of a suite for programs that already hold device memory (PyTorch, for one), so that assay's kernels
// and another library's run in one process, on the same tensors and the same stream. It binds the very
// variants that `assay bench kernels` measures, by their entries, and knows no kernel by itself. The C
// interface over it is programs/assay_kernels.h. Not supported: variants on the CPU, filling, checking or
// restoring buffers (the caller does that), more than one device.
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "assay/assay.h"
#include "base/result.h"

namespace assay::programs {

// The entries that have variants on a CUDA device, as JSON: [{"entry": "rmsnorm.cuda", "measures": "...",
// "axes": {"type": ["bf16"]}, "points": [{"type": "bf16", "rows": "4096"}], "variants": [{"name":
// "rmsnorm/cuda.block_row", "accumulation": "f32", "alignment": 0}]}]. Values are words, as on the command
// line; "axes" has those that points and corners use. Does not open the device.
[[nodiscard]] std::string describe_kernels(const Suite& suite);

// The buffers of a variant at a point, in the order in which bind_kernel wants their pointers, as JSON:
// [{"name": "x", "role": "in", "dtype": "bf16", "rows": 4096, "cols": 1024, "bytes": 8388608}].
// Errors: as bind_kernel for variant and axes. Does not open the device.
[[nodiscard]] Result<std::string> describe_buffers(const Suite& suite, std::string_view variant,
                                                   std::string_view axes);

// A variant bound to the caller's buffers and stream. For one thread at a time.
class BoundKernel {
 public:
  BoundKernel(const Variant& variant, Point point, std::vector<Buffer> buffers, void* stream);

  // Untimed. Errors: kInvalidArgument if the variant throws or gives no function.
  [[nodiscard]] Result<void> bind();
  // Enqueues one call. Requires bind() to have succeeded. Errors: kDevice with the launch's reason.
  [[nodiscard]] Result<void> call();
  // The name of what the last call ran: the variant's, unless it said otherwise.
  [[nodiscard]] const std::string& ran() const { return ran_; }

 private:
  const Variant& variant_;
  Point point_;
  std::vector<Buffer> buffers_;
  Call call_;
  std::function<void()> work_;
  std::string ran_;
};

// `axes` is "type=bf16 rows=4096 width=1024", every axis of the entry once, in any order; a number need not
// be one that the entry states. `pointers` lie on the device, one for each buffer of describe_buffers, null
// only where the buffer has no bytes; they and the suite must outlive the kernel. Scratch is allocated here.
// Errors: kNotFound for a variant that is not there (or a build without CUDA); kInvalidArgument for axes,
// point or pointers that do not fit, each naming what was expected; kUnsupported if the variant does not take
// the point or these pointers' alignment; kUnavailable if this machine cannot run it.
[[nodiscard]] Result<std::unique_ptr<BoundKernel>> bind_kernel(const Suite& suite, std::string_view variant,
                                                               std::string_view axes,
                                                               std::span<void* const> pointers, void* stream);

}  // namespace assay::programs
