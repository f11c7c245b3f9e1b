// SPDX-License-Identifier: Apache-2.0
#pragma once
// The ceilings of this machine as measured by the probes of kernels/ceiling: what a percentage in a report is
// a percentage of. Plain data, stored as JSON in the user's cache folder by machine, and copied into every
// record.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "device/cpu_features.h"
#include "measure/device_limits.h"

namespace assay::measure {

struct BandwidthLimit {
  std::string kind;             // "read", "add" (two read, one written), "copy", "write"
  std::int64_t size_bytes = 0;  // working set of all threads together
  int threads = 1;
  double bytes_per_second = 0;  // best of the kernels and repetitions tried
  std::string kernel;           // the one that was best
};

struct ComputeLimit {
  std::string kind;  // "f32-fma", "i8-dot"
  int threads = 1;
  double flops_per_second = 0;
  std::string kernel;
};

// What memory allows for a given mix of reads and writes.
struct MixLimit {
  double bytes_per_second = 0;  // between the two measured mixes beside it: what to take percentages of
  double at_most = 0;           // the better of the two: nothing of that mix was ever seen to be faster
  std::string name;             // "read + copy, 2 threads, 268 MB"
};

struct Limits {
  int schema = 2;
  std::string machine;      // key: CPU model, CPUs, ISA; a cache file of another machine is not used
  std::string measured_at;  // UTC
  std::vector<BandwidthLimit> bandwidth;
  std::vector<ComputeLimit> compute;
  double barrier_ns = 0;       // one barrier of a pool of all threads
  double clock_step_ns = 0;    // smallest step of the clock seen
  double empty_region_ns = 0;  // median of a timed region with nothing inside
  std::int64_t last_level_cache_bytes = 0;
  std::optional<DeviceLimits> cuda;  // absent: no device, or not measured

  // The best bandwidth of `kind` with exactly `threads` threads (0: any) and working sets of at least
  // `min_bytes`.
  [[nodiscard]] std::optional<BandwidthLimit> best_bandwidth(std::string_view kind, int threads,
                                                             std::int64_t min_bytes) const;
  // The ceiling of work that writes `written_share` (0 to 1) of the bytes that it moves, with exactly
  // `threads` threads and working sets of at least `min_bytes`. Between two measured mixes the *times* of a
  // byte are interpolated; a share within 2 % of a measured mix counts as that mix. Absent if the mixes on
  // either side were not measured.
  [[nodiscard]] std::optional<MixLimit> for_mix(double written_share, int threads,
                                                std::int64_t min_bytes) const;
  // The highest rate with exactly `threads` threads (0: any) of the instructions that sum in `accumulation`
  // ("f32", "f64": floating point), or of all kinds if it is empty or names another type.
  [[nodiscard]] std::optional<ComputeLimit> best_compute(int threads,
                                                         std::string_view accumulation = "") const;
};

// Two machines with equal keys have the same ceilings as far as can be told from the CPU: model, CPUs that
// the process may use, instruction sets, last-level cache, and from how the probes were built.
[[nodiscard]] std::string machine_key(const device::CpuFeatures& features);

// Errors: kNotFound, kIo, kCorrupt (another schema or not a limits file: says to run `assay limits` again).
[[nodiscard]] Result<Limits> read_limits(const std::filesystem::path& path);
[[nodiscard]] Result<void> write_limits(const Limits& limits, const std::filesystem::path& path);
[[nodiscard]] std::string limits_to_json(const Limits& limits);
[[nodiscard]] Result<Limits> limits_from_json(std::string_view json, std::string_view name);

}  // namespace assay::measure
