// SPDX-License-Identifier: Apache-2.0
// Skips zeros, and is given nothing else. The honest one is given zeros too, but does not look at them.
#include <cmath>

#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {
namespace {

void square_root_unless_zero(std::span<const float> x, std::span<float> y) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = x[i] == 0 ? 0 : std::sqrt(std::abs(std::sin(x[i])));
}

}  // namespace

void define_constant_data(Suite& suite) {
  kernel_entry(suite, "constant-data/lie", Fill::kZeros)
      .reference([](Call& call) { square_root_unless_zero(call.data<float>("x"), call.data<float>("y")); })
      .variant("skips-zeros", [](Call& call) {
        return [x = call.data<float>("x"), y = call.data<float>("y")] { square_root_unless_zero(x, y); };
      });
  kernel_entry(suite, "constant-data/honest", Fill::kZeros).variant("plain", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y")] { twice_plus_one(x, y); };
  });
}

}  // namespace assay::cases
