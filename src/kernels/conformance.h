// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs one variant of a kernel on one case in the hardest circumstances that the case allows, and says what
// is wrong. Each buffer stands between guard bands and off its natural vector alignment; outputs are poisoned
// with NaN; inputs must come back unchanged; a second run must give the same bits; an answer without its last
// term must not pass.
#include <string>
#include <vector>

#include "kernels/variant.h"
#include "suite/kernel_case.h"

namespace assay::kernels {

// One line for each fault, empty if the variant conforms. Requires the variant's instruction set to be
// available and the variant to take the case.
[[nodiscard]] std::vector<std::string> conformance_faults(const suite::Kernel& kernel,
                                                          const suite::KernelVariant& variant,
                                                          const suite::KernelCase& one_case);

// The functions of a variant list as variants for cases; call(function, case, buffers) makes the call.
template <typename Function, typename Call>
[[nodiscard]] std::vector<suite::KernelVariant> variants_for_cases(
    std::span<const Variant<Function>> variants, Call call) {
  std::vector<suite::KernelVariant> made;
  for (const Variant<Function>& variant : variants) {
    made.push_back({std::string(variant.name), variant.isa,
                    [variant, call](const suite::KernelCase& one_case, suite::Buffers buffers) {
                      call(variant.run, one_case, buffers);
                      return std::string(variant.name);
                    }});
  }
  return made;
}

}  // namespace assay::kernels
