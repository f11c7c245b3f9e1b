// SPDX-License-Identifier: Apache-2.0
// A suite of one case, for scripts/statistics/aa_trial: a running sum, whose additions wait for each other.
#include <assay/assay.h>

#include "kernels.h"

namespace {

void define(assay::Suite& suite) {
  constexpr auto n = static_cast<std::int64_t>(versus::kPrefix);
  const auto fill = [](std::span<std::byte> bytes, const assay::Point&, std::uint64_t) {
    versus::fill({reinterpret_cast<float*>(bytes.data()), bytes.size() / sizeof(float)});
  };
  suite.entry("prefix_sum")
      .in("x", assay::DType::kF32, {n}, fill)
      .out("y", assay::DType::kF32, {n})
      .reference([](assay::Call& c) { versus::prefix_sum(c.data<float>("x"), c.data<float>("y")); })
      .variant("plain", [](assay::Call& c) {
        return [x = c.data<float>("x"), y = c.data<float>("y")] { versus::prefix_sum(x, y); };
      });
}

}  // namespace

ASSAY_PLUGIN(define)
