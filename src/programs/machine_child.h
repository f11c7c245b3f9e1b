// SPDX-License-Identifier: Apache-2.0
#pragma once
// Questions about the machine that are asked in a forked child, because asking leaves something behind that
// must not be in this process: a CUDA context does not survive a fork, and workers are forked later. Linux
// only. Not supported: an answer in pieces.
#include <functional>
#include <string>

#include "base/result.h"

namespace assay::programs {

// What `work` returned in a child of this process: its text or its error. Errors besides: kUnavailable if
// this process has more than one thread, if the child dies (says how) or does not answer in `timeout_s`; kIo.
[[nodiscard]] Result<std::string> ask_in_child(const std::function<Result<std::string>()>& work,
                                               double timeout_s);

}  // namespace assay::programs
