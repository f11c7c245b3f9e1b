// SPDX-License-Identifier: Apache-2.0
// The entry of RMSNorm: `batch` rows, one after another, with the same weight.
#include <cmath>

#include "kernels/entry.h"
#include "kernels/kernel_list.h"
#include "kernels/rmsnorm/rmsnorm.h"

namespace assay::kernels {
namespace {

constexpr float kEpsilon = 1e-5f;

// The sum of squares is what is summed; the output depends on it by y = c / sqrt(sum), so its terms count for
// |y| / (2 sum) each. Without its last term the sum misses the last square, not the last element.
void add_row(std::span<const float> x, std::span<const float> weight, bool omit_last_term, Expected& y) {
  double squares = 0, fourths = 0;
  for (std::size_t i = 0; i + (omit_last_term ? 1 : 0) < x.size(); ++i) {
    const double square = static_cast<double>(x[i]) * static_cast<double>(x[i]);
    squares += square;
    fourths += square * square;
  }
  const double n = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double value = static_cast<double>(x[i]) * static_cast<double>(weight[i]) /
                         std::sqrt(squares / n + static_cast<double>(kEpsilon));
    y.values.push_back(value);
    y.term_rms.push_back(squares > 0 ? std::abs(value) * std::sqrt(fourths / n) / (2 * squares) : 0);
  }
}

std::vector<Expected> expected(const Call& call, bool omit_last_term) {
  const auto width = static_cast<std::size_t>(call["width"]);
  Expected y;
  for (std::size_t row = 0; row < static_cast<std::size_t>(call["batch"]); ++row)
    add_row(call.data<float>("x").subspan(row * width, width), call.data<float>("weight"), omit_last_term, y);
  return {y};
}

std::function<void()> bind(RmsNorm run, Call& call) {
  return [=, x = call.data<float>("x").data(), weight = call.data<float>("weight").data(),
          y = call.data<float>("y").data(), batch = call["batch"], width = call["width"]] {
    for (std::int64_t row = 0; row < batch; ++row)
      run(x + row * width, weight, width, kEpsilon, y + row * width);
  };
}

}  // namespace

void define_rmsnorm(Suite& suite) {
  Entry& entry =
      suite.entry("rmsnorm")
          .measures("rows in, normalised rows out")
          .in("x", DType::kF32, {"batch", "width"}, Fill::kPositive)
          .in("weight", DType::kF32, {"width"})
          .out("y", DType::kF32, {"batch", "width"})
          .work([](const Point& p) {
            const std::int64_t n = p["batch"] * p["width"];
            return Work{.bytes_read = {4 * (n + p["width"])}, .bytes_written = {4 * n}, .flops = {4 * n}};
          })
          // Root, quotient, two products: half an ulp each, and the scale's error.
          .tolerance([](const Point& p) {
            return Tolerance{.eps_out = 0x1p-22, .n = static_cast<double>(p["width"])};
          })
          .reference(expected);
  for (const std::int64_t batch : {1, 128})
    entry.points.push_back(point_of({{"batch", batch}, {"width", 576}}));
  for (const std::int64_t width : {0, 1, 7, 8, 9, 31, 32, 33, 63, 65, 576, 2048, 4097})
    entry.corners.push_back(point_of({{"batch", 1}, {"width", width}}));
  entry.corners.push_back(point_of({{"batch", 3}, {"width", 9}}));
  add_variants(entry, rmsnorm_variants(), bind, "f32");
}

}  // namespace assay::kernels
