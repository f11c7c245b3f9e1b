// SPDX-License-Identifier: Apache-2.0
// Findings `input-modified` and `out-of-bounds`: the calls wrote where they must not. A call that changes its
// input gives the next one other work; one that writes beside its buffers may have done anything.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "checks/checks.h"

namespace assay::checks {

Findings check_input_modified(const measure::Evidence& evidence) {
  const auto& names = evidence.buffers.modified_inputs;
  if (names.empty()) return {};
  return {{"input-modified", Severity::kReject,
           fmt::format("{} `in` buffer{} changed by the calls > 0: {}", names.size(),
                       names.size() == 1 ? "" : "s", fmt::join(names, ", ")),
           "Declare what a call changes as `inout`, so that it is put back before every call, or stop "
           "writing to it."}};
}

Findings check_out_of_bounds(const measure::Evidence& evidence) {
  const auto& names = evidence.buffers.broken_guards;
  if (names.empty()) return {};
  return {{"out-of-bounds", Severity::kReject,
           fmt::format("{} buffer{} written beside > 0: {}", names.size(), names.size() == 1 ? "" : "s",
                       fmt::join(names, ", ")),
           "Mend the bounds of the program's loops; AddressSanitizer names the line."}};
}

}  // namespace assay::checks
