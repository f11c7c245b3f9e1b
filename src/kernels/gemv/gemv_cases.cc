// SPDX-License-Identifier: Apache-2.0
// The entry of the matrix-vector product on a CUDA device. Points are the matrices of a decoded token: the
// layers of GPT-2 (768 wide) and the heads of GPT-2 and Qwen3-0.6B.
#include <algorithm>
#include <cmath>

#include "kernels/cuda_entry.h"
#include "kernels/entry.h"
#include "kernels/gemv/gemv.h"
#include "kernels/kernel_list.h"
#include "values/blocks.h"
#include "values/dtype.h"

namespace assay::kernels {
namespace {

constexpr std::int64_t kMostChecked = std::int64_t{1} << 22;  // weights that the reference looks at

Point gemv_at(const char* type, const char* x, std::int64_t rows, std::int64_t cols) {
  return Point({{"type", type}, {"x", x}, {"rows", std::to_string(rows)}, {"cols", std::to_string(cols)}});
}

DType type_at(const Point& p, const char* axis) { return *values::dtype_from_name(p.word(axis)); }

// Empty, meaning all; of a large matrix every n-th row, with n odd so that every place of a row in a block is
// met, and the last.
std::vector<std::int64_t> rows_to_check(std::int64_t rows, std::int64_t cols) {
  if (rows * cols <= kMostChecked) return {};
  const std::int64_t step = (rows * cols / kMostChecked) | 1;
  std::vector<std::int64_t> at;
  for (std::int64_t row = 0; row < rows; row += step) at.push_back(row);
  if (at.back() != rows - 1) at.push_back(rows - 1);
  return at;
}

std::vector<float> decoded(const Buffer& buffer, std::int64_t row, std::int64_t cols) {
  std::vector<float> values(static_cast<std::size_t>(cols));
  const std::int64_t bytes = values::row_bytes(buffer.spec.dtype, cols);
  values::decode_row(
      buffer.spec.dtype,
      buffer.bytes.subspan(static_cast<std::size_t>(row * bytes), static_cast<std::size_t>(bytes)), values);
  return values;
}

std::vector<Expected> expected(const Call& call, bool omit_last_term) {
  const std::int64_t rows = call["rows"], cols = call["cols"];
  const std::vector<float> x = decoded(call.buffer("x"), 0, cols);
  Expected y;
  y.at = rows_to_check(rows, cols);
  const auto count = y.at.empty() ? rows : static_cast<std::int64_t>(y.at.size());
  for (std::int64_t i = 0; i < count; ++i) {
    const std::vector<float> row =
        decoded(call.buffer("weights"), y.at.empty() ? i : y.at[static_cast<std::size_t>(i)], cols);
    double sum = 0, squares = 0;
    for (std::size_t k = 0; k + (omit_last_term ? 1 : 0) < row.size(); ++k) {
      const double term = static_cast<double>(row[k]) * static_cast<double>(x[k]);
      sum += term;
      squares += term * term;
    }
    y.values.push_back(sum);
    y.term_rms.push_back(std::sqrt(squares / static_cast<double>(std::max<std::int64_t>(1, cols))));
  }
  return {y};
}

std::vector<BufferSpec> buffers_at(const Point& p) {
  return {{"weights", Role::kIn, type_at(p, "type"), p["rows"], p["cols"], Fill::kWeights},
          {"x", Role::kIn, type_at(p, "x"), 1, p["cols"], Fill::kNormal},
          {"y", Role::kOut, DType::kF32, 1, p["rows"]}};
}

Work work_at(const Point& p) {
  return {.bytes_read = {values::row_bytes(type_at(p, "type"), p["cols"]) * p["rows"] +
                         values::row_bytes(type_at(p, "x"), p["cols"])},
          .bytes_written = {4 * p["rows"]},
          .flops = {2 * p["rows"] * p["cols"]}};
}

// A lane adds a run of at most L = max(8, cols / 32) products one after the other, then 32 lanes join as a
// tree of five levels. An addition rounds by up to eps times its result; the result after i of n terms is
// about sqrt(i) s, and a rounding spread evenly over its range has a third of its square as variance. A run's
// additions give eps^2 s^2 L^2 / 2 / 3, all of them n L / 2 / 3, each level of the tree n / 3 more. Six
// standard deviations, as a case has 10^5 outputs and s is not every output's alike.
Tolerance tolerance_at(const Point& p) {
  const auto cols = static_cast<double>(p["cols"]);
  const double run = std::max(8.0, std::ceil(cols / 32));
  return {.k = 6 * std::sqrt((run / 2 + 5) / 3), .n = cols};
}

std::function<CudaStatus()> bind(Gemv run, Call& call) {
  const GemvArgs args{.weight_type = type_at(call.point(), "type"),
                      .x_type = type_at(call.point(), "x"),
                      .weights = call.buffer("weights").bytes.data(),
                      .x = call.buffer("x").bytes.data(),
                      .y = call.data<float>("y").data(),
                      .rows = call["rows"],
                      .cols = call["cols"]};
  return [=, stream = stream_of(call)] { return run(args, stream); };
}

}  // namespace

void define_gemv_cuda(Suite& suite) {
  Entry& entry = suite.entry("gemv.cuda")
                     .measures("weights and one vector in, their product out in f32")
                     .work(work_at)
                     .tolerance(tolerance_at)
                     .reference(expected);
  entry.buffers = buffers_at;
  for (const char* x : {"f32", "bf16"})
    for (const auto& [rows, cols] :
         {std::pair{2304, 768}, {768, 3072}, {3072, 768}, {50257, 768}, {151936, 1024}})
      entry.points.push_back(gemv_at("bf16", x, rows, cols));
  for (const auto& [rows, cols] : {std::pair{2304, 768}, {50257, 768}})
    entry.points.push_back(gemv_at("f16", "f32", rows, cols));
  for (const char* type : {"bf16", "f16"})
    for (const char* x : {"f32", "bf16"}) {
      for (const std::int64_t cols : {1, 2, 7, 8, 9, 255, 256, 257, 768, 1024, 1032, 2056, 3072, 4097})
        entry.corners.push_back(gemv_at(type, x, 5, cols));
      for (const std::int64_t rows : {0, 1, 2, 3, 4, 7, 8, 9, 31, 32, 33, 129, 1000})
        entry.corners.push_back(gemv_at(type, x, rows, 264));
    }
  entry.corners.push_back(gemv_at("bf16", "f32", 3, 3080));
  // Enough rows for every warp of a device to take more of them than it has on their way.
  entry.corners.push_back(gemv_at("bf16", "f32", 20'011, 72));
  entry.corners.push_back(gemv_at("f16", "bf16", 5003, 1032));
  add_cuda_variants(entry, gemv_cuda_variants(), bind);
}

}  // namespace assay::kernels
