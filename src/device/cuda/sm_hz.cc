// SPDX-License-Identifier: Apache-2.0
#include "device/cuda/sm_clock.h"

namespace assay::device::cuda {
namespace {

std::optional<double> rate(std::int64_t cycles, std::int64_t ns) {
  if (cycles <= 0 || ns <= 0) return std::nullopt;
  return static_cast<double>(cycles) * 1e9 / static_cast<double>(ns);
}

}  // namespace

std::optional<double> sm_hz(const SmStamp& stamp) {
  return rate(stamp.end_cycles - stamp.begin_cycles, stamp.end_ns - stamp.begin_ns);
}

std::optional<double> sm_hz(const SmStamp& earlier, const SmStamp& later) {
  if (earlier.sm != later.sm) return std::nullopt;
  return rate(later.begin_cycles - earlier.begin_cycles, later.begin_ns - earlier.begin_ns);
}

}  // namespace assay::device::cuda
