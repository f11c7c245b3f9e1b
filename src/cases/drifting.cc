// SPDX-License-Identifier: Apache-2.0
// Does more work from call to call, as a table does that grows.
#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {
namespace {

constexpr std::int64_t kRounds = 20;

void rounds(std::span<const float> x, std::span<float> y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    twice_plus_one(x, y);
    asm volatile("" : : : "memory");
  }
}

}  // namespace

void define_drifting(Suite& suite) {
  kernel_entry(suite, "drifting/lie").variant("growing", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y"), calls = std::int64_t{0}]() mutable {
      calls += 1;
      rounds(x, y, kRounds + calls / 4);
    };
  });
  kernel_entry(suite, "drifting/honest").variant("steady", [](Call& call) {
    return [x = call.data<float>("x"), y = call.data<float>("y")] { rounds(x, y, kRounds); };
  });
}

}  // namespace assay::cases
