// SPDX-License-Identifier: Apache-2.0
// Its loop ends before it begins, since the size was never set.
#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {

void define_nothing_ran(Suite& suite) {
  kernel_entry(suite, "nothing-ran/lie").variant("plain", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y"), size = std::size_t{0}] {
      twice_plus_one(x, y.first(size));
    };
  });
  honest_kernel(suite, "nothing-ran/honest");
}

}  // namespace assay::cases
