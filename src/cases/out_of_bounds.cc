// SPDX-License-Identifier: Apache-2.0
// Writes one element past the end of its output.
#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {

void define_out_of_bounds(Suite& suite) {
  kernel_entry(suite, "out-of-bounds/lie").variant("one-more", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y")] {
      twice_plus_one(x, y);
      float* const past_the_end = y.data() + y.size();
      *past_the_end = 1;
    };
  });
  honest_kernel(suite, "out-of-bounds/honest");
}

}  // namespace assay::cases
