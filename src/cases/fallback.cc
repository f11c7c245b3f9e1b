// SPDX-License-Identifier: Apache-2.0
// Is asked for one way and takes another. At least it says so.
#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {

void define_fallback(Suite& suite) {
  kernel_entry(suite, "fallback/lie").variant("compiled", [](Call& call) {
    return [&call, x = call.data<float>("x"), y = call.data<float>("y")] {
      twice_plus_one(x, y);
      call.ran("interpreted");
    };
  });
  kernel_entry(suite, "fallback/honest").variant("compiled", [](Call& call) {
    return [&call, x = call.data<float>("x"), y = call.data<float>("y")] {
      twice_plus_one(x, y);
      call.ran("compiled");
    };
  });
}

}  // namespace assay::cases
