// SPDX-License-Identifier: Apache-2.0
#pragma once
// A kernel is a list of functions that compute the same thing for different instruction sets. The list is the
// one place where they are named: the engine picks from it, tests and benchmarks walk through it.
#include <span>
#include <string_view>

#include "base/check.h"
#include "device/cpu_features.h"

namespace assay::kernels {

template <typename Function>
struct Variant {
  std::string_view name;  // "rmsnorm/cpu.avx2"
  device::Isa isa;        // the least instruction set that it needs
  Function run;
};

// The last variant that `isa` suffices for: lists go from the least demanding to the most demanding, and
// begin with the reference, which every machine runs.
template <typename Function>
[[nodiscard]] const Variant<Function>& pick(std::span<const Variant<Function>> variants, device::Isa isa) {
  ASSAY_CHECK(!variants.empty() && variants.front().isa == device::Isa::kReference);
  const Variant<Function>* best = &variants.front();
  for (const Variant<Function>& variant : variants)
    if (variant.isa <= isa) best = &variant;
  return *best;
}

}  // namespace assay::kernels
