// SPDX-License-Identifier: Apache-2.0
#pragma once
// The comparing end of an arm: asks questions, watches the clock, and ends what does not answer. A process
// that died or hangs is one line of error, never a wait without end.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "programs/program.h"

namespace assay::programs {

class ArmLink {
 public:
  virtual ~ArmLink() = default;  // ends the process
  // Errors: those that the arm answers; kUnavailable if it died ("signal 11 (segmentation fault)") or gave no
  // answer in `timeout_s`: it is gone then.
  [[nodiscard]] virtual Result<std::string> ask(std::string_view question, double timeout_s) = 0;
};

// Makes the program in the child only: a suite of this process, or of a plug-in that the child loads.
using MakeProgram = std::function<Result<std::unique_ptr<Program>>()>;

// A fork of this process, which times its calls with `clock`. Errors: those of Worker::start.
[[nodiscard]] Result<std::unique_ptr<ArmLink>> fork_arm(MakeProgram make, Clock& clock);

// Another program, started with kArmVariable in its environment. Its standard error is ours.
// Errors: kNotFound if there is no such program; kUnsupported if it ends, or says something else, without the
// greeting: it is no assay suite. kUnavailable if it says nothing in `timeout_s`.
[[nodiscard]] Result<std::unique_ptr<ArmLink>> exec_arm(const std::vector<std::string>& command,
                                                        double timeout_s);

}  // namespace assay::programs
