// SPDX-License-Identifier: Apache-2.0
// Allocates its scratch memory in every call.
#include <algorithm>
#include <memory>
#include <vector>

#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {
namespace {

void through_scratch(std::span<const float> x, std::span<float> scratch, std::span<float> y) {
  twice_plus_one(x, scratch);
  std::copy(scratch.begin(), scratch.end(), y.begin());
}

}  // namespace

void define_allocates_inside(Suite& suite) {
  kernel_entry(suite, "allocates-inside/lie").variant("scratch", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y")] {
      std::vector<float> scratch(y.size());
      through_scratch(x, scratch, y);
    };
  });
  kernel_entry(suite, "allocates-inside/honest").variant("scratch", [](Call& call) {
    const auto x = call.data<float>("x");
    const auto y = call.data<float>("y");
    return
        [x, y, scratch = std::make_shared<std::vector<float>>(y.size())] { through_scratch(x, *scratch, y); };
  });
}

}  // namespace assay::cases
