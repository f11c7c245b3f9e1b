// SPDX-License-Identifier: Apache-2.0
// Finding `unsynchronised`: the clock was read before the work had ended. Threads that are merely awake after
// the region may be waiting for the next call in a loop; only outputs that still change, or a device that
// worked for longer than was claimed, prove that work was left over.
#include <fmt/format.h>

#include "base/text.h"
#include "checks/checks.h"

namespace assay::checks {
namespace {

constexpr double kBusyShare = 0.5;
constexpr const char* kRemedy =
    "Wait for all work that the call started (join, synchronise, flush) before it returns.";

}  // namespace

Findings check_unsynchronised(const measure::Evidence& evidence) {
  const measure::FlightEvidence& flight = evidence.flight;
  const double busy_share = flight.busy_after_share.value_or(0);
  Findings findings;
  if (flight.outputs_changed_after.value_or(false)) {
    findings.push_back({"unsynchronised", Severity::kReject,
                        fmt::format("outputs changed after the call had returned; other threads used {:.0f} "
                                    "% of a CPU then",
                                    100 * busy_share),
                        kRemedy});
  } else if (busy_share > kBusyShare) {
    findings.push_back({"unsynchronised", Severity::kQualify,
                        fmt::format("other threads used {:.0f} % of a CPU > {:.0f} % after the call had "
                                    "returned; no output changed",
                                    100 * busy_share, 100 * kBusyShare),
                        "Join the threads, or let them sleep between calls (OMP_WAIT_POLICY=passive): nobody "
                        "can tell waiting in a loop from work that was left over."});
  }
  if (flight.claimed_ns && flight.device_busy_ns &&
      *flight.device_busy_ns > *flight.claimed_ns + flight.stated_overhead_ns) {
    findings.push_back(
        {"unsynchronised", Severity::kReject,
         fmt::format("claimed {} < {} for which the device worked, less {} of stated overhead",
                     format_duration_ns(*flight.claimed_ns), format_duration_ns(*flight.device_busy_ns),
                     format_duration_ns(flight.stated_overhead_ns)),
         kRemedy});
  }
  return findings;
}

}  // namespace assay::checks
