// SPDX-License-Identifier: Apache-2.0
#pragma once
// A suite of the public interface (assay/assay.h) as a program: entries and variants in this process, each
// case made ready by programs/suite_case.h. Not supported: variants in other processes.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "assay/assay.h"
#include "base/result.h"
#include "programs/program.h"
#include "suite/expand.h"

namespace assay::programs {

struct SuiteOptions {
  std::vector<suite::AxisChoice> axes;  // from --axis
  std::uint64_t seed = 1;               // of the inputs
  std::string detail;                   // one line for reports: "plug-in ./libsaxpy.so"
  std::optional<Device> device = {};    // only variants for this one
};

class SuiteProgram : public Program {
 public:
  // Variants that cannot run on this machine, with the reason of each; their cases are not in cases().
  [[nodiscard]] virtual std::span<const suite::LeftOut> left_out() const = 0;
};

// The cases of all entries. `suite` must outlive the program.
// Errors: kInvalidArgument for an entry or an axis choice that makes no sense (suite/expand.h), or a suite
// without a single case.
[[nodiscard]] Result<std::unique_ptr<SuiteProgram>> make_suite_program(const Suite& suite,
                                                                       SuiteOptions options);

}  // namespace assay::programs
