// SPDX-License-Identifier: Apache-2.0
// Skips work: the last element always; or half of the elements whenever nobody has touched the output.
#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {

void define_wrong_output(Suite& suite) {
  kernel_entry(suite, "wrong-output/lie").variant("plain", [](Call& call) {
    return
        [x = call.data<float>("x"), y = call.data<float>("y")] { twice_plus_one(x, y.first(y.size() - 1)); };
  });
  kernel_entry(suite, "wrong-output/lie-when-unwatched").variant("plain", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y")] {
      const bool is_watched = y.back() != 2 * x.back() + 1;
      const std::size_t count = is_watched ? y.size() : y.size() / 2;
      twice_plus_one(x, y.first(count));
    };
  });
  honest_kernel(suite, "wrong-output/honest");
}

}  // namespace assay::cases
