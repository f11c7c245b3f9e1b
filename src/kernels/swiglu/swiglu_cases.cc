// SPDX-License-Identifier: Apache-2.0
// The entry of SwiGLU.
#include <cmath>

#include "kernels/entry.h"
#include "kernels/kernel_list.h"
#include "kernels/swiglu/swiglu.h"

namespace assay::kernels {
namespace {

std::vector<Expected> expected(const Call& call, bool omit_last_term) {
  const auto gates = call.data<float>("gate"), ups = call.data<float>("up");
  Expected y;
  for (std::size_t i = 0; i < gates.size(); ++i) {
    const auto gate = static_cast<double>(gates[i]);
    y.values.push_back(gate / (1 + std::exp(-gate)) * static_cast<double>(ups[i]));
  }
  // Absolute: e^-gate saturates above e^88, so a result under 2^-112 may come out as any other.
  y.term_rms.assign(y.values.size(), 0x1p-90);
  if (omit_last_term && !y.values.empty()) y.values.back() = kUntouched;
  return {y};
}

}  // namespace

void define_swiglu(Suite& suite) {
  Entry& entry = suite.entry("swiglu")
                     .measures("gate and up in, gate / (1 + e^-gate) * up out")
                     .in("gate", DType::kF32, {"count"}, Fill::kSpread)
                     .in("up", DType::kF32, {"count"}, Fill::kSpread)
                     .out("y", DType::kF32, {"count"})
                     .work([](const Point& p) {
                       const std::int64_t n = p["count"];
                       return Work{.bytes_read = {8 * n}, .bytes_written = {4 * n}, .flops = {12 * n}};
                     })
                     // e^x within 1 ulp, then a sum, a quotient and a product.
                     .tolerance({.eps_out = 0x1p-21, .n = 1})
                     .reference(expected);
  for (const std::int64_t count : {1536, 128 * 1536}) entry.points.push_back(point_of({{"count", count}}));
  for (const std::int64_t count : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 33, 768, 1536, 4099})
    entry.corners.push_back(point_of({{"count", count}}));
  add_variants(entry, swiglu_variants(), [](SwiGlu run, Call& call) {
    return [=, gate = call.data<float>("gate"), up = call.data<float>("up").data(),
            y = call.data<float>("y").data()] {
      run(gate.data(), up, static_cast<std::int64_t>(gate.size()), y);
    };
  });
}

}  // namespace assay::kernels
