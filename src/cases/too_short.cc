// SPDX-License-Identifier: Apache-2.0
// One addition, which must be put back before the next call, so that only single calls can be timed. The
// honest one is as short, but its calls can follow each other.
#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {

void define_too_short(Suite& suite) {
  suite.entry("too-short/lie")
      .inout("y", DType::kF32, {1})
      .reference([](Call& call) { call.data<float>("y")[0] += 1; })
      .variant("plain", [](Call& call) { return [y = call.data<float>("y")] { y[0] += 1; }; });
  suite.entry("too-short/honest")
      .in("x", DType::kF32, {64})
      .out("y", DType::kF32, {64})
      .reference([](Call& call) { twice_plus_one(call.data<float>("x"), call.data<float>("y")); })
      .variant("plain", [](Call& call) {
        return [x = call.data<float>("x"), y = call.data<float>("y")] { twice_plus_one(x, y); };
      });
}

}  // namespace assay::cases
