// SPDX-License-Identifier: Apache-2.0
#pragma once
// The small files of /proc and /sys in which Linux tells about itself. They have no size, so that
// base/mapped_file.h cannot read them.
#include <string>

namespace assay::measure {

// The whole text; empty if there is no such file or it may not be read: a fact that the system does not tell.
[[nodiscard]] std::string read_system_file(const std::string& path);

}  // namespace assay::measure
