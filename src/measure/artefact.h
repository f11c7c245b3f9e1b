// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who watches this process while it is measured. A tracer (debugger, strace) stops it at every system call or
// signal. Not supported: samplers that do not trace, such as perf.
#include <optional>
#include <string>
#include <string_view>

namespace assay::measure {

// The name of the process that traces this one, or its number if it has no name to read; empty if there is
// none, or if the system does not tell.
[[nodiscard]] std::string tracer_name();

// Text of /proc/self/status -> the number of the tracing process, 0 for none; absent if there is no such
// line.
[[nodiscard]] std::optional<int> parse_tracer(std::string_view status);

}  // namespace assay::measure
