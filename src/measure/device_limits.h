// SPDX-License-Identifier: Apache-2.0
#pragma once
// The ceilings of a CUDA device as measured by the probes of kernels/ceiling, kept apart from those of the
// CPU: a device has no number of threads to choose, but mixes, accumulation types and costs of its own. Plain
// data, stored in the same file as the CPU's (measure/limits.h). Not supported: more than one device of a
// machine.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::measure {

struct DeviceBandwidthLimit {
  std::string kind;  // "read", "cast4" (4:1 read:written), "cast2" (2:1), "add" (2:1), "copy", "write"
  double written_share = 0;     // of the bytes that it moves
  std::int64_t size_bytes = 0;  // of all streams together
  double bytes_per_second = 0;  // read and written, best of the kernels and repetitions tried
  std::string kernel;           // the one that was best
};

struct DeviceComputeLimit {
  std::string kind;  // "tensor-bf16", "tensor-f16", "tensor-f8", "fma-f32": unit and type of the operands
  std::string accumulation;  // "f32", "f16"
  double flops_per_second = 0;
  std::string kernel;
};

// What doing nothing costs. Each in nanoseconds; 0: not measured.
struct DeviceCosts {
  double launch_ns = 0;             // of the host, to enqueue an empty kernel into a queue that is not full
  double launch_gap_ns = 0;         // of the device, from one empty kernel to the next in one stream
  double launch_sync_ns = 0;        // of the host, to enqueue an empty kernel and wait for it: an empty call
  double sync_ns = 0;               // of the host, to wait for a stream that is idle
  double graph_sync_ns = 0;         // of the host, to launch a graph of one empty kernel and wait for it
  double graph_launch_ns = 0;       // of the host, to enqueue such a graph
  double graph_node_ns = 0;         // of the device, for each further empty kernel of a chain in a graph
  double grid_barrier_ns = 0;       // one barrier of all multiprocessors inside a kernel
  double event_pair_ns = 0;         // shown between two events with nothing between them
  double event_kernel_ns = 0;       // shown between two events around an empty kernel
  double event_step_ns = 0;         // smallest difference of two event times seen
  double global_timer_step_ns = 0;  // smallest step of the device's wall clock seen
};

// What memory of the device allows for a mix of reads and writes.
struct DeviceMixLimit {
  double bytes_per_second = 0;  // between the two measured mixes beside it: what to take percentages of
  double at_most = 0;           // the better of the two: nothing of that mix was ever seen to be faster
  std::string name;             // "read + copy, 4.29 GB"
};

struct DeviceLimits {
  std::string key;           // device_key() of what was measured
  std::string name;          // "NVIDIA H200"
  std::string driver;        // "580.65.06", or CUDA's version of the driver where NVML does not tell
  double power_limit_w = 0;  // 0: not told
  std::string measured_at;   // UTC
  int multiprocessors = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t l2_bytes = 0;
  double highest_sm_hz = 0;  // clock seen on the device right after the probes; 0: not told
  std::vector<DeviceBandwidthLimit> bandwidth;
  std::vector<DeviceComputeLimit> compute;
  DeviceCosts costs;

  // Working sets from here on come from memory and not from the L2 cache: eight times its size, as of a
  // stream of that size at most an eighth can have been left there by the pass before.
  [[nodiscard]] std::int64_t beyond_l2_bytes() const { return 8 * l2_bytes; }

  // The best bandwidth with exactly that share written (within 1 %) and working sets of at least `min_bytes`.
  [[nodiscard]] std::optional<DeviceBandwidthLimit> best_bandwidth(double written_share,
                                                                   std::int64_t min_bytes) const;
  // The ceiling of work that writes `written_share` (0 to 1) of the bytes that it moves, with working sets of
  // at least `min_bytes`: 0 for the L2 cache too, beyond_l2_bytes() for memory. Between two measured mixes
  // the *times* of a byte are interpolated; a share within 2 % of a measured mix counts as that mix. Absent
  // if the mixes on either side were not measured.
  [[nodiscard]] std::optional<DeviceMixLimit> for_mix(double written_share, std::int64_t min_bytes) const;

  // The highest rate of `unit` ("tensor", "fma"; empty: any) on operands of `type` ("bf16"; empty: any) that
  // sums in `accumulation` (empty: any).
  [[nodiscard]] std::optional<DeviceComputeLimit> best_compute(std::string_view unit, std::string_view type,
                                                               std::string_view accumulation) const;
};

// Devices with equal keys have the same ceilings as far as can be told: name, driver, power cap, and how the
// probes were built.
[[nodiscard]] std::string device_key(std::string_view name, std::string_view driver, double power_limit_w);

// What the maker states, without sparsity. Sources: NVIDIA's datasheets of the H100 and H200 Tensor Core GPU
// and of the A100 80GB.
struct Datasheet {
  std::string_view device;  // "H200 SXM"
  double bytes_per_second = 0;
  double tensor_16_bit_flops_per_second = 0;  // f16 and bf16
  double tensor_8_bit_flops_per_second = 0;   // f8; 0: has none
  double f32_flops_per_second = 0;
};
// By the runtime's name of the device: "NVIDIA H200", "NVIDIA H100 80GB HBM3". Absent for others.
[[nodiscard]] std::optional<Datasheet> datasheet_of(std::string_view device_name);

}  // namespace assay::measure
