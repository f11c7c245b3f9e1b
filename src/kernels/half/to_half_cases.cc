// SPDX-License-Identifier: Apache-2.0
// The entry of rounding to half precision, which is exact.
#include "kernels/entry.h"
#include "kernels/half/to_half.h"
#include "kernels/kernel_list.h"
#include "values/blocks.h"

namespace assay::kernels {
namespace {

std::vector<Expected> expected(const Call& call, bool omit_last_term) {
  Expected y;
  for (const float x : call.data<float>("x"))
    y.values.push_back(static_cast<double>(values::f16_to_f32(values::f32_to_f16(x))));
  if (omit_last_term && !y.values.empty()) y.values.back() = kUntouched;
  return {y};
}

}  // namespace

void define_to_half(Suite& suite) {
  Entry& entry = suite.entry("to_half")
                     .measures("f32 in, f16 out")
                     .in("x", DType::kF32, {"count"}, Fill::kSpread)
                     .out("y", DType::kF16, {"count"})
                     .work([](const Point& p) {
                       return Work{.bytes_read = {4 * p["count"]}, .bytes_written = {2 * p["count"]}};
                     })
                     .tolerance({.eps_out = 0, .eps_acc = 0})
                     .reference(expected);
  // The keys of a token, and of 128.
  for (const std::int64_t count : {192, 24'576}) entry.points.push_back(point_of({{"count", count}}));
  for (const std::int64_t count : {0, 1, 7, 8, 9, 64, 127, 1000})
    entry.corners.push_back(point_of({{"count", count}}));
  add_variants(entry, to_half_variants(), [](ToHalf run, Call& call) {
    return [=, x = call.data<float>("x"), y = call.data<std::uint16_t>("y").data()] {
      run(x.data(), static_cast<std::int64_t>(x.size()), y);
    };
  });
}

}  // namespace assay::kernels
