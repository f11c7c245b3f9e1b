// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ctrl-C asks the running work to end cleanly; a second one ends the process at once.
#include <atomic>

namespace assay::apps {

// Installs the handler for SIGINT and SIGTERM on the first call; the flag becomes true when one arrives.
[[nodiscard]] const std::atomic<bool>& interrupt_flag();

}  // namespace assay::apps
