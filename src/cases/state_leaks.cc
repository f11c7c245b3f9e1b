// SPDX-License-Identifier: Apache-2.0
// Remembers the calls before, and adds them to its result.
#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {

void define_state_leaks(Suite& suite) {
  kernel_entry(suite, "state-leaks/lie").variant("accumulates", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y"), sum = 0.0f]() mutable {
      twice_plus_one(x, y);
      y[0] += sum;
      sum += 0.5f;
    };
  });
  honest_kernel(suite, "state-leaks/honest");
}

}  // namespace assay::cases
