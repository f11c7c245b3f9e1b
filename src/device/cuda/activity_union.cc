// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "device/cuda/activity.h"

namespace assay::device::cuda {

std::int64_t union_ns(std::vector<std::pair<std::int64_t, std::int64_t>> intervals) {
  std::sort(intervals.begin(), intervals.end());
  std::int64_t sum = 0;
  std::int64_t covered_to = std::numeric_limits<std::int64_t>::min();
  for (const auto& [begin, end] : intervals) {
    const std::int64_t from = std::max(begin, covered_to);
    if (end > from) {
      sum += end - from;
      covered_to = end;
    }
  }
  return sum;
}

}  // namespace assay::device::cuda
