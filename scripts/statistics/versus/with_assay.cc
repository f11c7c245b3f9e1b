// SPDX-License-Identifier: Apache-2.0
#include <assay/assay.h>

#include "kernels.h"

namespace {

template <auto kernel>
void add(assay::Suite& suite, const char* name, std::size_t inputs, std::size_t outputs) {
  const auto fill = [](std::span<std::byte> bytes, const assay::Point&, std::uint64_t) {
    versus::fill({reinterpret_cast<float*>(bytes.data()), bytes.size() / sizeof(float)});
  };
  suite.entry(name)
      .in("x", assay::DType::kF32, {static_cast<std::int64_t>(inputs)}, fill)
      .out("y", assay::DType::kF32, {static_cast<std::int64_t>(outputs)})
      .reference([](assay::Call& c) { kernel(c.data<float>("x"), c.data<float>("y")); })
      .variant("plain", [](assay::Call& c) {
        return [x = c.data<float>("x"), y = c.data<float>("y")] { kernel(x, y); };
      });
}

void define(assay::Suite& suite) {
  constexpr std::size_t n = versus::kMatrix;
  add<versus::scale>(suite, "scale", versus::kScale, versus::kScale);
  add<versus::prefix_sum>(suite, "prefix_sum", versus::kPrefix, versus::kPrefix);
  add<versus::matmul>(suite, "matmul", 2 * n * n, n * n);
  add<versus::copy>(suite, "copy", versus::kCopy, versus::kCopy);
  add<versus::count_large>(suite, "count_large", versus::kCount, 1);
}

}  // namespace

ASSAY_PLUGIN(define)
