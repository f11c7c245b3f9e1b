// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the rooms of kernels share when they state their entries (assay/entry.h): points by name and number,
// and a list of functions (kernels/variant.h) as variants.
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>

#include "assay/assay.h"
#include "kernels/variant.h"

namespace assay::kernels {

// {{"batch", 1}, {"width", 576}}
[[nodiscard]] Point point_of(std::initializer_list<std::pair<const char*, std::int64_t>> values);

// For Variant::unavailable: "needs avx2" where this CPU has it not.
[[nodiscard]] std::function<std::string()> needs(device::Isa isa);

// One variant for each function of the list, in its order; bind(function, call) returns the work. References
// sum in double, the others in `accumulation` (empty: there are no sums).
template <typename Function, typename Bind>
void add_variants(Entry& entry, std::span<const Variant<Function>> list, Bind bind,
                  std::string_view accumulation = "") {
  for (const Variant<Function>& one : list) {
    assay::Variant made;
    made.name = std::string(one.name);
    made.bind = [run = one.run, bind](Call& call) -> std::function<void()> { return bind(run, call); };
    made.unavailable = needs(one.isa);
    if (!accumulation.empty()) made.accumulation = one.isa == device::Isa::kReference ? "f64" : accumulation;
    entry.variants.push_back(std::move(made));
  }
}

}  // namespace assay::kernels
