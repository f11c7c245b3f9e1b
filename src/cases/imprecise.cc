// SPDX-License-Identifier: Apache-2.0
// Takes a different time in every call, spread over a factor of twenty.
#include <cmath>
#include <random>

#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {

void define_imprecise(Suite& suite) {
  kernel_entry(suite, "imprecise/lie").variant("erratic", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y"), random = std::mt19937(1)]() mutable {
      const double spread = std::uniform_real_distribution<double>(-1.5, 1.5)(random);
      const int rounds = static_cast<int>(300 * std::exp(spread));
      for (int i = 0; i < rounds; ++i) {
        twice_plus_one(x, y);
        asm volatile("" : : : "memory");
      }
    };
  });
  honest_kernel(suite, "imprecise/honest");
}

}  // namespace assay::cases
