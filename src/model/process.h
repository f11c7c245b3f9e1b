// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs another program to its end, without a shell. For downloads, where pip and curl know about proxies and
// certificates. Not supported: input to the program; its standard output, which is thrown away.
#include <atomic>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace assay::model {

struct Process {
  std::vector<std::string> command;  // the program, found on the PATH, and its arguments
  std::vector<std::pair<std::string, std::string>> environment =
      {};                                     // variables set on top of the caller's own
  std::function<void()> tick = {};            // called about five times a second meanwhile
  const std::atomic<bool>* cancel = nullptr;  // ends the program when it becomes true
};

struct ProcessEnd {
  int status = 0;      // exit status, or 128 + signal
  std::string errors;  // the last of what it wrote to standard error (at most 8 KiB)
};

// Errors: kUnavailable if the program cannot be started, kCancelled. The program runs in a process group of
// its own, so that Ctrl-C reaches it through `cancel` only.
[[nodiscard]] Result<ProcessEnd> run_process(const Process& process);

}  // namespace assay::model
