// SPDX-License-Identifier: Apache-2.0
// The entry of softmax on a CUDA device: rows of scores and of logits, three types.
#include <algorithm>
#include <cmath>

#include "kernels/cuda_entry.h"
#include "kernels/kernel_list.h"
#include "kernels/row_ops/row_cases.h"
#include "kernels/softmax/softmax_cuda.h"

namespace assay::kernels {
namespace {

// e^x of the last is about as much as that of all the others: the mean of e^x is e^0.5.
double last_of_row(double width) { return std::log(width) + 0.5; }

// y = e / S: a term of the sum S counts for y / S of itself.
void add_row(const Call& call, std::int64_t row, bool omit_last_term, RowsExpected& y) {
  const std::int64_t width = call["width"];
  std::vector<double> powers = elements(call.buffer("x"), row * width, width);
  if (powers.empty()) return;
  const double greatest = *std::max_element(powers.begin(), powers.end());
  double sum = 0, squares = 0;
  for (double& power : powers) power = std::exp(power - greatest);
  for (std::size_t i = 0; i + (omit_last_term ? 1 : 0) < powers.size(); ++i) {
    sum += powers[i];
    squares += powers[i] * powers[i];
  }
  const double rms = std::sqrt(squares / static_cast<double>(width));
  for (std::size_t i = 0; i < powers.size(); ++i) {
    const double value = sum > 0 ? powers[i] / sum : 0;
    y.add(row, static_cast<std::int64_t>(i), value, sum > 0 ? value * rms / sum : 0);
  }
}

std::vector<Expected> expected(const Call& call, bool omit_last_term) {
  RowsExpected y(call["rows"], call["width"]);
  for (const std::int64_t row : checked_rows(call["rows"], call["width"]))
    add_row(call, row, omit_last_term, y);
  return {y.take()};
}

std::function<CudaStatus()> bind(SoftmaxCuda run, Call& call) {
  const SoftmaxRows job{.type = type_at(call.point()),
                        .x = call.buffer("x").bytes.data(),
                        .y = call.buffer("y").bytes.data(),
                        .rows = call["rows"],
                        .width = call["width"]};
  return [=, stream = stream_of(call)] { return run(job, stream); };
}

std::vector<BufferSpec> buffers(const Point& p) {
  const DType type = type_at(p);
  const std::int64_t rows = p["rows"], width = p["width"];
  return {{"x", Role::kIn, type, rows, width, {}, heavy_last(type, width, last_of_row)},
          {"y", Role::kOut, type, rows, width}};
}

Work work(const Point& p) {
  const std::int64_t n = p["rows"] * p["width"], bytes = element_bytes(type_at(p));
  return {.bytes_read = {bytes * n}, .bytes_written = {bytes * n}, .flops = {5 * n}};
}

// e^d in float: the difference d is rounded once and the exponential is within 2 ulp; before 16-bit results d
// log2(e) is rounded once more and the hardware's 2^x is within 2 ulp. Half a row's sum may be off by as
// much, and reciprocal and product follow. Where warps sum below elements of their own, a second exponential
// and a product (5 more) bring their sums to the row's; the distances add up to the same. |d| reaches from
// the last element to the least of some million normal ones.
Tolerance tolerance(const Point& p) {
  const DType type = type_at(p);
  const double width = std::max(1.0, static_cast<double>(p["width"]));
  const double distance = last_of_row(width) + 6;
  const double exponential = (type == DType::kF32 ? 1 : 3) * distance + 9;
  return {.eps_out = roundoff(type) + 0x1p-24 * (2 * exponential + 4),
          .n = width,
          .absolute = least_roundoff(type)};
}

}  // namespace

void define_softmax_cuda(Suite& suite) {
  Entry& entry = suite.entry("softmax.cuda")
                     .measures("rows in, their softmax out")
                     .work(work)
                     .tolerance(tolerance)
                     .reference(expected);
  entry.buffers = buffers;
  const auto shape = [](DType type, std::int64_t rows, std::int64_t width) {
    return typed_point(type, {{"rows", rows}, {"width", width}});
  };
  for (const auto& [rows, width] :
       {std::pair{1, 50'257}, {4096, 1024}, {16'384, 4096}, {32'768, 8192}, {2048, 50'257}})
    entry.points.push_back(shape(DType::kBF16, rows, width));
  for (const auto& [rows, width] : {std::pair{4096, 1024}, {16'384, 4096}, {2048, 50'257}})
    entry.points.push_back(shape(DType::kF32, rows, width));
  for (const DType type : kRowTypes) {
    for (const std::int64_t width :
         {0, 1, 2, 3, 7, 8, 9, 31, 33, 63, 64, 65, 255, 257, 576, 1023, 1024, 4097})
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
    entry.corners.push_back(shape(type, 2, 50'257));
    entry.corners.push_back(shape(type, 2, 70'001));  // more than the registers of a block hold
  }
  add_cuda_variants(entry, softmax_cuda_variants(), bind);
}

}  // namespace assay::kernels
