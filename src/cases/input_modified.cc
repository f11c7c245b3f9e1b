// SPDX-License-Identifier: Apache-2.0
// Uses its input as scratch memory. The honest one declares it as `inout`.
#include "cases/cases.h"
#include "cases/kernel.h"

namespace assay::cases {
namespace {

void double_in_place(std::span<float> x, std::span<float> y) {
  for (float& value : x) value *= 2;
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = x[i] + 1;
}

std::function<void()> bind(Call& call) {
  return [x = call.data<float>("x"), y = call.data<float>("y")] { double_in_place(x, y); };
}

}  // namespace

void define_input_modified(Suite& suite) {
  kernel_entry(suite, "input-modified/lie").variant("in-place", bind);
  suite.entry("input-modified/honest")
      .inout("x", DType::kF32, {kSize})
      .out("y", DType::kF32, {kSize})
      .reference([](Call& call) { double_in_place(call.data<float>("x"), call.data<float>("y")); })
      .variant("in-place", bind);
}

}  // namespace assay::cases
