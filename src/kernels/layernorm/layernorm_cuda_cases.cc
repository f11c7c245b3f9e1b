// SPDX-License-Identifier: Apache-2.0
// The entry of LayerNorm on a CUDA device: rows of prompts and of decoding, three types.
#include <cmath>

#include "kernels/cuda_entry.h"
#include "kernels/kernel_list.h"
#include "kernels/layernorm/layernorm_cuda.h"
#include "kernels/row_ops/row_cases.h"

namespace assay::kernels {
namespace {

constexpr float kEpsilon = 1e-5f;

double last_of_row(double width) { return 0.6 * std::sqrt(width); }

// Two sums enter the result a w + b, a = (x - mean) / deviation. The mean's n terms count for w / (n
// deviation) each; the variance's squares, whose sum is S, for |a w| / (2 S). What the roundings of a w and
// the addition of b leave is relative to |a w| + |b|: an n-th root of it in s lets Tolerance::k sqrt(n) s
// stand for k of it.
void add_row(const Call& call, std::int64_t row, bool omit_last_term, RowsExpected& y) {
  const std::int64_t width = call["width"];
  const std::vector<double> x = elements(call.buffer("x"), row * width, width);
  const std::vector<double> weight = elements(call.buffer("weight"), 0, width);
  const std::vector<double> bias = elements(call.buffer("bias"), 0, width);
  const std::size_t terms = x.size() - (omit_last_term && !x.empty() ? 1 : 0);
  const double n = static_cast<double>(width);
  double sum = 0, x_squares = 0, squares = 0, fourths = 0;
  for (std::size_t i = 0; i < terms; ++i) {
    sum += x[i];
    x_squares += x[i] * x[i];
  }
  const double mean = sum / n;
  for (std::size_t i = 0; i < terms; ++i) {
    const double square = (x[i] - mean) * (x[i] - mean);
    squares += square;
    fourths += square * square;
  }
  const double scale = 1 / std::sqrt(squares / n + static_cast<double>(kEpsilon));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double product = (x[i] - mean) * scale * weight[i];
    const double of_mean = std::abs(weight[i]) * scale * std::sqrt(x_squares / n) / n;
    const double of_variance = squares > 0 ? std::abs(product) * std::sqrt(fourths / n) / (2 * squares) : 0;
    const double of_result = (std::abs(product) + std::abs(bias[i])) / std::sqrt(n);
    y.add(row, static_cast<std::int64_t>(i), product + bias[i], of_mean + of_variance + of_result);
  }
}

std::vector<Expected> expected(const Call& call, bool omit_last_term) {
  RowsExpected y(call["rows"], call["width"]);
  for (const std::int64_t row : checked_rows(call["rows"], call["width"]))
    add_row(call, row, omit_last_term, y);
  return {y.take()};
}

std::function<CudaStatus()> bind(LayerNormCuda run, Call& call) {
  const LayerNormRows job{.type = type_at(call.point()),
                          .x = call.buffer("x").bytes.data(),
                          .weight = call.buffer("weight").bytes.data(),
                          .bias = call.buffer("bias").bytes.data(),
                          .y = call.buffer("y").bytes.data(),
                          .rows = call["rows"],
                          .width = call["width"],
                          .epsilon = kEpsilon};
  return [=, stream = stream_of(call)] { return run(job, stream); };
}

std::vector<BufferSpec> buffers(const Point& p) {
  const DType type = type_at(p);
  const std::int64_t rows = p["rows"], width = p["width"];
  return {{"x", Role::kIn, type, rows, width, {}, heavy_last(type, width, last_of_row)},
          {"weight", Role::kIn, type, 1, width, Fill::kPositive},
          {"bias", Role::kIn, type, 1, width, Fill::kPositive},
          {"y", Role::kOut, type, rows, width}};
}

Work work(const Point& p) {
  const std::int64_t n = p["rows"] * p["width"], bytes = element_bytes(type_at(p));
  return {.bytes_read = {bytes * (n + 2 * p["width"])}, .bytes_written = {bytes * n}, .flops = {7 * n}};
}

// The result's rounding; root, reciprocal and product in float, each within 2 ulp.
Tolerance tolerance(const Point& p) {
  const DType type = type_at(p);
  return {.eps_out = roundoff(type) + 0x1p-21,
          .n = static_cast<double>(p["width"]),
          .absolute = least_roundoff(type)};
}

}  // namespace

void define_layernorm_cuda(Suite& suite) {
  Entry& entry = suite.entry("layernorm.cuda")
                     .measures("rows in, normalised rows out")
                     .work(work)
                     .tolerance(tolerance)
                     .reference(expected);
  entry.buffers = buffers;
  const auto shape = [](DType type, std::int64_t rows, std::int64_t width) {
    return typed_point(type, {{"rows", rows}, {"width", width}});
  };
  for (const auto& [rows, width] :
       {std::pair{1, 768}, {1, 1024}, {4096, 1024}, {16'384, 4096}, {32'768, 8192}})
    entry.points.push_back(shape(DType::kBF16, rows, width));
  for (const auto& [rows, width] : {std::pair{4096, 1024}, {16'384, 4096}})
    entry.points.push_back(shape(DType::kF32, rows, width));
  for (const DType type : kRowTypes) {
    for (const std::int64_t width : {0, 2, 3, 7, 8, 9, 31, 33, 63, 64, 65, 255, 257, 576, 1023, 1024, 4097})
      entry.corners.push_back(shape(type, 3, width));
    entry.corners.push_back(shape(type, 0, 64));
    entry.corners.push_back(shape(type, 1, 2048));
    entry.corners.push_back(shape(type, 301, 72));
    entry.corners.push_back(shape(type, 137, 1000));
    entry.corners.push_back(shape(type, 135, 4160));
    entry.corners.push_back(shape(type, 12'701, 8));
    entry.corners.push_back(shape(type, 531, 1032));
    entry.corners.push_back(shape(type, 529, type == DType::kF32 ? 2056 : 4160));
    entry.corners.push_back(shape(type, 2, 20'001));
    entry.corners.push_back(shape(type, 2, 70'000));  // more than the registers of a block hold
  }
  add_cuda_variants(entry, layernorm_cuda_variants(), bind);
}

}  // namespace assay::kernels
