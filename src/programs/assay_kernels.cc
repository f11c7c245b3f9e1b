// SPDX-License-Identifier: Apache-2.0
#include "programs/assay_kernels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "device/cuda/cuda_device.h"
#include "kernels/kernel_list.h"
#include "measure/environment.h"
#include "programs/kernel_library.h"

struct assay_kernel {
  std::unique_ptr<assay::programs::BoundKernel> bound;
  std::string error;
};

namespace {

std::int64_t give(std::string_view text, char* out, std::size_t size) {
  if (out != nullptr && size > 0) {
    const std::size_t length = std::min(text.size(), size - 1);
    std::memcpy(out, text.data(), length);
    out[length] = '\0';
  }
  return static_cast<std::int64_t>(text.size());
}

const char* text_or_empty(const char* text) { return text == nullptr ? "" : text; }

// No exception may reach C: std::bad_alloc, say.
template <typename Value, typename Function>
Value caught(Value on_failure, char* error, std::size_t error_size, Function function) {
  try {
    return function();
  } catch (const std::exception& failure) {
    give(failure.what(), error, error_size);
  } catch (...) {
    give("an exception of an unknown type", error, error_size);
  }
  return on_failure;
}

}  // namespace

const char* assay_kernels_version(void) {
  static const std::string kVersion = fmt::format(
      "assay kernels 1, {}, {}", assay::device::cuda::is_built_in() ? "CUDA" : "built without CUDA",
      assay::measure::git_revision());
  return kVersion.c_str();
}

int64_t assay_kernels_list(char* out, size_t size) {
  return caught<int64_t>(-1, out, size, [&] {
    return give(assay::programs::describe_kernels(assay::kernels::all_kernels()), out, size);
  });
}

int64_t assay_kernel_buffers(const char* variant, const char* axes, char* out, size_t size, char* error,
                             size_t error_size) {
  return caught<int64_t>(-1, error, error_size, [&]() -> int64_t {
    const auto text = assay::programs::describe_buffers(assay::kernels::all_kernels(), text_or_empty(variant),
                                                        text_or_empty(axes));
    if (text) return give(*text, out, size);
    give(text.error().message, error, error_size);
    return -1;
  });
}

assay_kernel* assay_kernel_bind(const char* variant, const char* axes, void* const* device_pointers,
                                int count, void* stream, char* error, size_t error_size) {
  return caught<assay_kernel*>(nullptr, error, error_size, [&]() -> assay_kernel* {
    const std::size_t pointers =
        device_pointers == nullptr ? 0 : static_cast<std::size_t>(std::max(count, 0));
    auto bound = assay::programs::bind_kernel(assay::kernels::all_kernels(), text_or_empty(variant),
                                              text_or_empty(axes), {device_pointers, pointers}, stream);
    if (bound) return new assay_kernel{std::move(*bound), {}};
    give(bound.error().message, error, error_size);
    return nullptr;
  });
}

int assay_kernel_call(assay_kernel* kernel) {
  if (kernel == nullptr) return 1;
  return caught(1, nullptr, 0, [&] {
    const auto done = kernel->bound->call();
    if (done) return 0;
    kernel->error = done.error().message;
    return 1;
  });
}

const char* assay_kernel_error(const assay_kernel* kernel) {
  return kernel == nullptr ? "the kernel is null" : kernel->error.c_str();
}

const char* assay_kernel_ran(const assay_kernel* kernel) {
  return kernel == nullptr ? "" : kernel->bound->ran().c_str();
}

void assay_kernel_free(assay_kernel* kernel) {
  caught(0, nullptr, 0, [&] {
    delete kernel;
    return 0;
  });
}
