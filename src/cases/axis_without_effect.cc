// SPDX-License-Identifier: Apache-2.0
// Has an axis `saturated` that is promised to change the result, and forgets it.
#include <algorithm>

#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {
namespace {

void cast(std::span<const float> x, std::span<float> y, bool saturated) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = saturated ? std::clamp(x[i], -1.0f, 1.0f) : x[i];
}

Entry& cast_entry(Suite& suite, std::string name) {
  return suite.entry(std::move(name))
      .axis("saturated", {0, 1})
      .changes_result()
      .in("x", DType::kF32, {kSize})
      .out("y", DType::kF32, {kSize});
}

}  // namespace

void define_axis_without_effect(Suite& suite) {
  cast_entry(suite, "axis-without-effect/lie")
      .reference([](Call& call) { cast(call.data<float>("x"), call.data<float>("y"), false); })
      .variant("plain", [](Call& call) {
        return [x = call.data<float>("x"), y = call.data<float>("y")] { cast(x, y, false); };
      });
  cast_entry(suite, "axis-without-effect/honest")
      .reference(
          [](Call& call) { cast(call.data<float>("x"), call.data<float>("y"), call["saturated"] != 0); })
      .variant("plain", [](Call& call) {
        return [x = call.data<float>("x"), y = call.data<float>("y"), saturated = call["saturated"] != 0] {
          cast(x, y, saturated);
        };
      });
}

}  // namespace assay::cases
