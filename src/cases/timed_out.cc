// SPDX-License-Identifier: Apache-2.0
// Waits in its tenth call for something that never comes. The honest one is merely slow.
#include <unistd.h>

#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {

void define_timed_out(Suite& suite) {
  kernel_entry(suite, "timed-out/lie").variant("plain", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y"), calls = 0]() mutable {
      twice_plus_one(x, y);
      if (++calls == 10) {
        for (;;) pause();
      }
    };
  });
  kernel_entry(suite, "timed-out/honest").variant("slow", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y")] {
      for (int i = 0; i < 1000; ++i) {
        twice_plus_one(x, y);
        asm volatile("" : : : "memory");
      }
    };
  });
}

}  // namespace assay::cases
