// SPDX-License-Identifier: Apache-2.0
// The entry of RoPE on a CUDA device: heads of queries or keys of many tokens, both layouts, three types.
// Angles are any numbers, as on the CPU (rope_cases.cc), so that a wrong sign or place shows.
#include <cmath>

#include "kernels/cuda_entry.h"
#include "kernels/kernel_list.h"
#include "kernels/rope/rope_cuda.h"
#include "kernels/row_ops/row_cases.h"

namespace assay::kernels {
namespace {

RopePairs pairs_at(const Point& p) {
  return p.word("pairs") == "half-split" ? RopePairs::kHalfSplit : RopePairs::kInterleaved;
}

// Rows of the output are heads. One term less: the last pair of each head is left as it is, or the last
// element of a head that is copied only.
void add_head(const Call& call, std::int64_t row, bool omit_last_term, RowsExpected& y) {
  const std::int64_t head_dim = call["head_dim"], half = call["dims"] / 2, token = row / call["heads"];
  const bool is_split = pairs_at(call.point()) == RopePairs::kHalfSplit;
  const std::vector<double> x = elements(call.buffer("x"), row * head_dim, head_dim);
  const std::vector<double> cosines = elements(call.buffer("cosines"), token * half, half);
  const std::vector<double> sines = elements(call.buffer("sines"), token * half, half);
  std::vector<double> values = x, rms(x.size());
  for (std::int64_t pair = 0; pair < half - (omit_last_term ? 1 : 0); ++pair) {
    const auto i = static_cast<std::size_t>(pair);
    const auto first = static_cast<std::size_t>(is_split ? pair : 2 * pair);
    const auto second = static_cast<std::size_t>(is_split ? pair + half : 2 * pair + 1);
    values[first] = x[first] * cosines[i] - x[second] * sines[i];
    values[second] = x[first] * sines[i] + x[second] * cosines[i];
    rms[first] = std::hypot(x[first] * cosines[i], x[second] * sines[i]) / std::sqrt(2.0);
    rms[second] = std::hypot(x[first] * sines[i], x[second] * cosines[i]) / std::sqrt(2.0);
  }
  if (omit_last_term && half == 0 && !values.empty()) values.back() = kUntouched;
  for (std::int64_t i = 0; i < head_dim; ++i)
    y.add(row, i, values[static_cast<std::size_t>(i)], rms[static_cast<std::size_t>(i)]);
}

std::vector<Expected> expected(const Call& call, bool omit_last_term) {
  const std::int64_t rows = call["tokens"] * call["heads"], head_dim = call["head_dim"];
  RowsExpected y(rows, head_dim);
  for (const std::int64_t row : checked_rows(rows, head_dim)) add_head(call, row, omit_last_term, y);
  return {y.take()};
}

std::function<CudaStatus()> bind(RopeCuda run, Call& call) {
  const RopeTokens job{.type = type_at(call.point()),
                       .x = call.buffer("x").bytes.data(),
                       .cosines = call.data<float>("cosines").data(),
                       .sines = call.data<float>("sines").data(),
                       .y = call.buffer("y").bytes.data(),
                       .tokens = call["tokens"],
                       .heads = call["heads"],
                       .head_dim = call["head_dim"],
                       .dims = call["dims"],
                       .pairs = pairs_at(call.point())};
  return [=, stream = stream_of(call)] { return run(job, stream); };
}

std::vector<BufferSpec> buffers(const Point& p) {
  const DType type = type_at(p);
  const std::int64_t rows = p["tokens"] * p["heads"], half = p["dims"] / 2;
  return {{"x", Role::kIn, type, rows, p["head_dim"]},
          {"cosines", Role::kIn, DType::kF32, p["tokens"], half},
          {"sines", Role::kIn, DType::kF32, p["tokens"], half},
          {"y", Role::kOut, type, rows, p["head_dim"]}};
}

Work work(const Point& p) {
  const std::int64_t heads = p["tokens"] * p["heads"],
                     bytes = element_bytes(type_at(p)) * heads * p["head_dim"];
  return {.bytes_read = {bytes + 4 * p["tokens"] * p["dims"]},
          .bytes_written = {bytes},
          .flops = {3 * heads * p["dims"]}};
}

Tolerance tolerance(const Point& p) {
  const DType type = type_at(p);
  return {.eps_out = roundoff(type) + 0x1p-24, .n = 2, .absolute = least_roundoff(type)};
}

struct Shape {
  std::int64_t tokens, heads, head_dim, dims;
};
Point shape(DType type, const Shape& s, const char* pairs) {
  std::vector<AxisValue> axes =
      typed_point(type,
                  {{"tokens", s.tokens}, {"heads", s.heads}, {"head_dim", s.head_dim}, {"dims", s.dims}})
          .values();
  axes.push_back({"pairs", pairs});
  return Point(std::move(axes));
}

}  // namespace

void define_rope_cuda(Suite& suite) {
  Entry& entry = suite.entry("rope.cuda")
                     .measures("heads in, rotated heads out")
                     .work(work)
                     .tolerance(tolerance)
                     .reference(expected);
  entry.buffers = buffers;
  for (const char* pairs : {"interleaved", "half-split"}) {
    for (const Shape& s : {Shape{1, 9, 64, 64},        // SmolLM2, one token
                           Shape{2048, 9, 64, 64},     // its queries,
                           Shape{2048, 3, 64, 64},     // its keys
                           Shape{4096, 16, 128, 128},  // Qwen3
                           Shape{65'536, 12, 64, 64}, Shape{65'536, 16, 128, 128}})
      entry.points.push_back(shape(DType::kBF16, s, pairs));
    entry.points.push_back(shape(DType::kF32, {32'768, 16, 128, 128}, pairs));
    for (const DType type : kRowTypes) {
      for (const Shape& s :
           {Shape{0, 3, 64, 64}, Shape{3, 0, 64, 64}, Shape{3, 1, 2, 2}, Shape{3, 2, 6, 6}, Shape{3, 2, 8, 8},
            Shape{3, 5, 16, 16}, Shape{3, 3, 18, 14}, Shape{3, 1, 34, 34}, Shape{7, 9, 64, 64},
            Shape{3, 3, 64, 32}, Shape{3, 3, 64, 0}, Shape{3, 3, 96, 80}, Shape{2, 7, 128, 128},
            Shape{129, 12, 128, 64}, Shape{3, 1, 63, 62}})
        entry.corners.push_back(shape(type, s, pairs));
    }
  }
  add_cuda_variants(entry, rope_cuda_variants(), bind);
}

}  // namespace assay::kernels
