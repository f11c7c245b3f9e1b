// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the rooms of kernels share when they state entries for a CUDA device. A kernel's launcher is a plain
// function: arguments, stream in, status of the launch out; it enqueues and does nothing else (it may not
// allocate, wait or copy through the host, so that it can be recorded as a graph). Scratch is the caller's:
// an entry's bind makes it, untimed. In a build without CUDA every list of launchers is empty
// (without_cuda.cc), so that entries, references and their tests are the same everywhere.
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/assay.h"
#include "device/cuda/memory.h"
#include "kernels/cuda_variant.h"

namespace assay::kernels {

// For Variant::unavailable: why this machine cannot run such code ("" if it can). Opens the device.
[[nodiscard]] std::function<std::string()> needs_cuda(CudaCode code);

// Scratch in device memory for one case, of at least one byte. Throws std::runtime_error if there is none
// left. The work that bind returns keeps it alive by capturing it.
[[nodiscard]] std::shared_ptr<device::cuda::DeviceBuffer> cuda_scratch(std::int64_t bytes);

// Throws std::runtime_error with CUDA's words unless `status` is success.
void require_launched(CudaStatus status, std::string_view what);

// One variant for each launcher of the list; launch(function, call) is called untimed and returns a
// std::function<CudaStatus()>: one call of the work, on call.stream().
template <typename Function, typename Launch>
void add_cuda_variants(Entry& entry, std::span<const CudaVariant<Function>> list, Launch launch) {
  for (const CudaVariant<Function>& one : list) {
    assay::Variant made;
    made.name = std::string(one.name);
    made.bind = [one, launch](Call& call) -> std::function<void()> {
      return [work = launch(one.run, call), name = one.name] { require_launched(work(), name); };
    };
    if (one.takes != nullptr) made.takes = one.takes;
    made.unavailable = needs_cuda(one.code);
    made.accumulation = std::string(one.accumulation);
    made.device = Device::kCuda;
    made.alignment_bytes = one.alignment_bytes;
    entry.variants.push_back(std::move(made));
  }
}

// The stream of a call on the device.
[[nodiscard]] inline CudaStream stream_of(const Call& call) { return static_cast<CudaStream>(call.stream()); }

// Which of `count` elements of a large output a reference computes (Expected::at): empty, meaning all, up to
// 65,536; beyond it the first and the last 1,024 and some 63,000 between them, in rising order, the same ones
// every time. With `row` > 0 both ends of some rows are among them.
[[nodiscard]] std::vector<std::int64_t> checked_elements(std::int64_t count, std::int64_t row = 0);

}  // namespace assay::kernels
