// SPDX-License-Identifier: Apache-2.0
#pragma once
// A program with one case on a scripted clock, which behaves as told: for tests of arms.
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "programs/program.h"

namespace assay::programs::testing {

struct ArmScript {
  double call_ns = 1'000'000;
  bool can_repeat = true;
  bool wrong = false;
  int exit_in_call = 0;  // the whole process ends in the call of that number
  int hang_in_call = 0;
};

class ScriptedArmProgram final : public Program {
 public:
  ScriptedArmProgram(const ArmScript& script, ScriptedClock& clock) : script_(script), clock_(clock) {
    suite::Case one;
    one.entry = "scripted/copy";
    one.axes = {{"size", "64"}};
    cases_.push_back(one);
  }
  std::string name() const override { return "scripted"; }
  std::string detail() const override { return ""; }
  const std::vector<suite::Case>& cases() const override { return cases_; }
  int threads() const override { return 1; }
  Result<std::unique_ptr<measure::Runner>> make_runner(const suite::Case&) override {
    return std::make_unique<ScriptedRunner>(*this);
  }
  std::string runner_description() const override { return "scripted"; }
  std::vector<std::string> variants_used() const override { return {}; }

  int calls = 0;

 private:
  class ScriptedRunner final : public measure::Runner {
   public:
    explicit ScriptedRunner(ScriptedArmProgram& owner) : owner_(owner) {}
    Result<void> restore() override { return {}; }
    Result<void> call() override {
      owner_.calls += 1;
      if (owner_.calls == owner_.script_.exit_in_call) std::_Exit(7);
      while (owner_.calls == owner_.script_.hang_in_call) pause();
      owner_.clock_.advance_ns(static_cast<std::int64_t>(owner_.script_.call_ns));
      return {};
    }
    Result<void> check(measure::OutputEvidence& evidence) override {
      evidence.has_reference = true;
      evidence.reference = "scripted";
      evidence.checker_can_fail = true;
      evidence.calls_checked += 1;
      evidence.calls_wrong += owner_.script_.wrong ? 1 : 0;
      return {};
    }
    std::string why_not_repeat() const override { return owner_.script_.can_repeat ? "" : "scripted"; }
    Result<void> add_evidence(measure::Evidence& evidence) override {
      evidence.numerics.accumulation = owner_.script_.can_repeat ? "f32" : "f16";
      return {};
    }

   private:
    ScriptedArmProgram& owner_;
  };

  ArmScript script_;
  ScriptedClock& clock_;
  std::vector<suite::Case> cases_;
};

}  // namespace assay::programs::testing
