// SPDX-License-Identifier: Apache-2.0
// Findings `impossible`: even the longest time that the interval allows is too short for the work that the
// author states, or for a region with nothing in it. So the work was not done, or less of it than stated, or
// it was not timed.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "checks/checks.h"

namespace assay::checks {
namespace {

constexpr double kMargin = 0.05;  // ceilings are the best that probes have seen, not the best that there is

struct Floor {
  double ns = 0;
  std::string reason;
  std::string remedy;
};

std::vector<Floor> floors_of(const measure::FloorEvidence& floor, std::int64_t calls_per_sample) {
  std::vector<Floor> floors;
  // What stayed in the last-level cache since the call before need not have come from memory.
  const double bytes =
      static_cast<double>(std::max<std::int64_t>(floor.bytes.count - floor.cache_capacity.count, 0));
  if (floor.best_bytes_per_second && *floor.best_bytes_per_second > 0 && bytes > 0) {
    floors.push_back(
        {bytes / *floor.best_bytes_per_second * 1e9,
         fmt::format("{} beyond the cache at {}/s ({})", format_bytes(bytes),
                     format_bytes(*floor.best_bytes_per_second), floor.bandwidth_name),
         "Check the stated bytes and that every call touches them; if both are right, measure the limits "
         "again with `assay limits`."});
  }
  if (floor.peak_flops_per_second && *floor.peak_flops_per_second > 0 && floor.flops.count > 0) {
    floors.push_back(
        {static_cast<double>(floor.flops.count) / *floor.peak_flops_per_second * 1e9,
         fmt::format("{:.3g} flops at the peak of {:.3g} GFLOP/s", static_cast<double>(floor.flops.count),
                     *floor.peak_flops_per_second / 1e9),
         "Check the stated flops and that the result is used; if both are right, measure the limits again "
         "with `assay limits`."});
  }
  if (floor.empty_region_ns > 0) {
    floors.push_back({floor.empty_region_ns / static_cast<double>(calls_per_sample),
                      calls_per_sample == 1 ? "a timed region with nothing in it"
                                            : "its part of a timed region with nothing in it",
                      "Check that the clock is read before and after the work, and that there is any work."});
  }
  return floors;
}

}  // namespace

Findings check_impossible(const measure::Evidence& evidence) {
  const auto& interval = evidence.statistics.median_interval;
  const double longest_ns = interval ? interval->upper : evidence.statistics.max_ns;  // of one call
  Findings findings;
  for (const Floor& floor : floors_of(evidence.floor, evidence.samples.calls_per_sample)) {
    if (longest_ns >= floor.ns * (1 - kMargin)) continue;
    findings.push_back({"impossible", Severity::kReject,
                        fmt::format("at most {} < {}, the least time for {}", format_duration_ns(longest_ns),
                                    format_duration_ns(floor.ns), floor.reason),
                        floor.remedy});
  }
  return findings;
}

}  // namespace assay::checks
