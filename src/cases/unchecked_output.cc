// SPDX-License-Identifier: Apache-2.0
// Gives no reference: nobody knows what it computes.
#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {

void define_unchecked_output(Suite& suite) {
  Entry& lie = kernel_entry(suite, "unchecked-output/lie").variant("plain", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y")] { twice_plus_one(x, y); };
  });
  lie.reference_call = nullptr;
  honest_kernel(suite, "unchecked-output/honest");
}

}  // namespace assay::cases
