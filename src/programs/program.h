// SPDX-License-Identifier: Apache-2.0
#pragma once
// What can be measured: something with entry points, each a list of cases that can be made ready to run. A
// language model is one kind (model_program.h); suites and servers come with their own issues.
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "measure/runner.h"
#include "suite/case.h"

namespace assay::programs {

class Program {
 public:
  virtual ~Program() = default;

  [[nodiscard]] virtual std::string name() const = 0;    // "smollm2-135m-instruct"
  [[nodiscard]] virtual std::string detail() const = 0;  // one line for reports
  [[nodiscard]] virtual const std::vector<suite::Case>& cases() const = 0;
  [[nodiscard]] virtual int threads() const = 0;  // that one call keeps busy
  [[nodiscard]] virtual int threads_of(const suite::Case&) const { return threads(); }

  // Axes of this case whose author promises that another value gives another result.
  [[nodiscard]] virtual std::vector<std::string> axes_that_change_result(const suite::Case&) const {
    return {};
  }
  // Variants that cannot run here, each with the reason: "saxpy/avx512: needs avx512f". They are no cases.
  [[nodiscard]] virtual std::vector<std::string> not_here() const { return {}; }

  // Makes a case ready: everything untimed that must be done once (filling a cache, computing the reference).
  // The runner must not outlive the program. Errors: those of the program.
  [[nodiscard]] virtual Result<std::unique_ptr<measure::Runner>> make_runner(const suite::Case& wanted) = 0;

  // What runs, and the kernel variants that have run so far, for the record.
  [[nodiscard]] virtual std::string runner_description() const = 0;
  [[nodiscard]] virtual std::vector<std::string> variants_used() const = 0;
};

}  // namespace assay::programs
