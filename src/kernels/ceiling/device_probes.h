// SPDX-License-Identifier: Apache-2.0
#pragma once
// The kernels behind the ceilings of a CUDA device. Launchers only enqueue and return the status of the
// launch; in a build without CUDA the lists are empty. Readable for nvcc: no results, no fmt.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "device/cuda/stream_handle.h"

namespace assay::kernels::ceiling {

using device::cuda::Status;
using device::cuda::Stream;

inline constexpr std::int64_t kStepMultiple = 4096;  // steps of a memory probe are multiples of this

// What a memory probe walks through. A step reads `loads` words of 16 bytes (half of them from `second`, if
// it has two sources) and writes `stores` of them. All streams are aligned to 256 bytes.
struct DeviceStreams {
  const std::byte* source = nullptr;
  const std::byte* second = nullptr;
  std::byte* target = nullptr;
  std::int64_t steps = 0;
  int passes = 1;  // walks over all steps, without a wait between them
  int multiprocessors = 1;
};

struct DeviceMemoryProbe {
  std::string_view kind;  // "read", "cast4", "cast2", "add", "copy", "write"
  std::string_view name;
  int loads = 0, stores = 0;
  bool two_sources = false;
  bool needs_sm90 = false;
  std::int64_t least_bytes = 0;  // of the working set; a pass is a launch of its own for such a probe
  Status (*run)(const DeviceStreams& streams, Stream stream) = nullptr;
};
[[nodiscard]] std::span<const DeviceMemoryProbe> device_memory_probes();
[[nodiscard]] std::span<const DeviceMemoryProbe> device_bulk_probes();

enum class OperandType : std::uint8_t { kF16, kBf16, kF8, kBits };
inline constexpr std::int64_t kOperandBytes = 128 << 10;
// Random numbers between 1/128 and 1 in size, of either sign (kBits: any bits), into `bytes` (multiple of 8).
[[nodiscard]] Status launch_random_operands(std::byte* into, std::int64_t bytes, OperandType type,
                                            Stream stream);

struct DeviceComputeProbe {
  std::string_view kind;          // "tensor-bf16"
  std::string_view accumulation;  // "f32"
  std::string_view name;          // "mma_m16n8k16"
  OperandType operands = OperandType::kF16;
  bool needs_sm90 = false;
  double flops = 0;  // of a round of one multiprocessor
  // `operands` holds kOperandBytes; `sink` is written never but as far as the compiler knows.
  Status (*run)(const std::byte* operands, int rounds, int multiprocessors, float* sink,
                Stream stream) = nullptr;
};
[[nodiscard]] std::span<const DeviceComputeProbe> device_compute_probes();
[[nodiscard]] std::span<const DeviceComputeProbe> device_wgmma_probes();

// `barriers` barriers of one block a multiprocessor. `counter` is 0 before and must be set so again.
[[nodiscard]] Status launch_grid_barriers(unsigned* counter, int barriers, int multiprocessors,
                                          Stream stream);

}  // namespace assay::kernels::ceiling
