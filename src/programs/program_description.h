// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a program in another process says about itself before anything is measured.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "programs/program.h"

namespace assay::programs {

struct DescribedCase {
  suite::Case what;
  int threads = 1;
  std::vector<std::string> axes_that_change_result;
};

struct ProgramDescription {
  std::string name;
  std::string detail;
  std::string runner;
  std::vector<DescribedCase> cases;
  std::vector<std::string> not_here;  // "saxpy/avx512: needs avx512f"
};

[[nodiscard]] ProgramDescription describe(const Program& program);

// As text, and back. Errors: kCorrupt, as the other process may run anybody's code.
[[nodiscard]] std::string pack(const ProgramDescription& description);
[[nodiscard]] Result<ProgramDescription> unpack_description(std::string_view text);

}  // namespace assay::programs
