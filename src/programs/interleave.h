// SPDX-License-Identifier: Apache-2.0
#pragma once
// The arms of measure/comparison.h as real processes: resident suites, forked or of another program, and
// commands that are timed as a whole. Also gathers what the arms' processes say about their outputs, and
// judges both arms together. Not supported: arms on other machines.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "checks/finding.h"
#include "measure/comparison.h"
#include "programs/arm.h"
#include "programs/arm_link.h"

namespace assay::programs {

// How to get a fresh process, and what to open in it.
struct ArmSource {
  std::string name;  // for messages: "saxpy/plain", "./old/bench"
  std::string case_id;
  std::function<Result<std::unique_ptr<ArmLink>>()> start;
};

struct ArmPatience {
  double ready_s = 120;  // set-up and warm-up of a case
  double answer_s = 30;  // beyond twenty times what the calls should take
};

// Resident suites.
class SuiteArms final : public measure::ArmStarter {
 public:
  SuiteArms(ArmSource a, ArmSource b, const ArmPatience& patience = {});

  // A fresh process with the case opened. Errors: "arm B (saxpy/avx2 n=64): its process ended: exit(2)".
  [[nodiscard]] Result<std::unique_ptr<measure::ArmProcess>> start(measure::Arm arm) override;

  // From the processes that have finished so far: each finding once, with its arm in front of the evidence;
  // then what the two arms have not in common (numerics-differ, cache-mixed, other inputs).
  [[nodiscard]] std::vector<checks::Finding> findings() const;
  // What ran; empty before the first process finished.
  [[nodiscard]] const std::string& runner(measure::Arm arm) const;

 private:
  class Process;
  void add(measure::Arm arm, ArmEvidence evidence);

  std::array<ArmSource, 2> sources_;
  ArmPatience patience_;
  std::array<std::vector<checks::Finding>, 2> found_;
  std::array<std::optional<ArmEvidence>, 2> last_;
};

// Commands, each call a fresh process from start to end; their output goes nowhere. A command that ends with
// another status than 0 is an error.
class CommandArms final : public measure::ArmStarter {
 public:
  CommandArms(std::vector<std::string> a, std::vector<std::string> b, Clock& clock, double longest_s = 3600);
  [[nodiscard]] Result<std::unique_ptr<measure::ArmProcess>> start(measure::Arm arm) override;
  [[nodiscard]] bool whole_processes() const override { return true; }

 private:
  class Process;
  std::array<std::vector<std::string>, 2> commands_;
  Clock& clock_;
  double longest_s_;
};

// What starting and ending a process that does nothing costs here: median of 21 runs of `true`. It is inside
// the times of CommandArms. Errors: kUnavailable if there is no such program.
[[nodiscard]] Result<double> empty_process_ns(Clock& clock);

// The cases of a suite, from a process of its own. Errors: as exec_arm, and a malformed list.
[[nodiscard]] Result<std::vector<std::string>> list_cases(const ArmSource& source, double timeout_s = 120);

}  // namespace assay::programs
