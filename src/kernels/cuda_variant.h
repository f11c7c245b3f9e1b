// SPDX-License-Identifier: Apache-2.0
#pragma once
// The list of launchers that a room's .cu file defines. Apart from kernels/cuda_entry.h, which nvcc cannot
// read: that one includes results, and with them fmt.
#include <cstdint>
#include <string_view>

#include "assay/point.h"
#include "device/cuda/stream_handle.h"

namespace assay::kernels {

using CudaStatus = device::cuda::Status;
using CudaStream = device::cuda::Stream;

// The machine code that a launcher has.
enum class CudaCode : std::uint8_t {
  kSm80,   // runs on compute capability 8.0 and later
  kSm90a,  // uses what only 9.0 has: wgmma, setmaxnreg
};

template <typename Function>
struct CudaVariant {
  std::string_view name;  // "rmsnorm/cuda.block_row"
  CudaCode code = CudaCode::kSm80;
  Function run = nullptr;
  std::string_view accumulation = "f32";  // of its sums; empty: there are none
  bool (*takes)(const Point&) = nullptr;  // null: every point of the entry
  std::int64_t alignment_bytes = 0;       // that its buffers must have; 0: the element's own
};

}  // namespace assay::kernels
