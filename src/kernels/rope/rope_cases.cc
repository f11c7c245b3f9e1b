// SPDX-License-Identifier: Apache-2.0
// The entry of RoPE: `batch` positions with `heads` heads and an angle each. Angles are any numbers here, so
// that a wrong sign or place shows.
#include <array>
#include <cmath>

#include "kernels/entry.h"
#include "kernels/kernel_list.h"
#include "kernels/rope/rope.h"

namespace assay::kernels {
namespace {

// Position `row` of the call.
RopeHeads job_at(const Call& call, std::int64_t row) {
  const std::int64_t heads = call["heads"], head_dim = call["head_dim"], dims = call["dims"];
  return {
      .x = call.data<float>("x").data() + row * heads * head_dim,
      .heads = heads,
      .head_dim = head_dim,
      .dims = dims,
      .cosines = call.data<float>("cosines").data() + row * dims / 2,
      .sines = call.data<float>("sines").data() + row * dims / 2,
      .pairs = call.point().word("pairs") == "half-split" ? RopePairs::kHalfSplit : RopePairs::kInterleaved};
}

// Elements past the rotated ones are untouched. One term less: the last pair of each head is left as it is.
void expect_row(const RopeHeads& job, bool omit_last_term, std::span<double> values, std::span<double> rms) {
  const std::int64_t pairs = job.dims / 2;
  for (std::int64_t head = 0; head < job.heads; ++head)
    for (std::int64_t i = 0; i < pairs - (omit_last_term ? 1 : 0); ++i) {
      const bool split = job.pairs == RopePairs::kHalfSplit;
      const auto first = static_cast<std::size_t>(head * job.head_dim + (split ? i : 2 * i));
      const std::size_t second = first + static_cast<std::size_t>(split ? pairs : 1);
      const auto a = static_cast<double>(job.x[first]), c = static_cast<double>(job.x[second]);
      const auto cosine = static_cast<double>(job.cosines[i]), sine = static_cast<double>(job.sines[i]);
      values[first] = a * cosine - c * sine;
      values[second] = a * sine + c * cosine;
      rms[first] = std::hypot(a * cosine, c * sine) / std::sqrt(2.0);
      rms[second] = std::hypot(a * sine, c * cosine) / std::sqrt(2.0);
    }
}

std::vector<Expected> expected(const Call& call, bool omit_last_term) {
  const auto row_size = static_cast<std::size_t>(call["heads"] * call["head_dim"]);
  const auto batch = static_cast<std::size_t>(call["batch"]);
  Expected y{std::vector<double>(batch * row_size, kUntouched), std::vector<double>(batch * row_size)};
  for (std::size_t row = 0; row < batch; ++row)
    expect_row(job_at(call, static_cast<std::int64_t>(row)), omit_last_term,
               std::span(y.values).subspan(row * row_size, row_size),
               std::span(y.term_rms).subspan(row * row_size, row_size));
  return {y};
}

std::function<void()> bind(Rope run, Call& call) {
  std::vector<RopeHeads> jobs;
  for (std::int64_t row = 0; row < call["batch"]; ++row) jobs.push_back(job_at(call, row));
  return [=] {
    for (const RopeHeads& job : jobs) run(job);
  };
}

Point shape(std::int64_t batch, std::int64_t heads, std::int64_t head_dim, std::int64_t dims,
            const char* pairs) {
  std::vector<AxisValue> values =
      point_of({{"batch", batch}, {"heads", heads}, {"head_dim", head_dim}, {"dims", dims}}).values();
  values.push_back({"pairs", pairs});
  return Point(std::move(values));
}

}  // namespace

void define_rope(Suite& suite) {
  const Dim half_dims = [](const Point& p) { return p["dims"] / 2; };
  Entry& entry = suite.entry("rope")
                     .measures("heads rotated in place")
                     .inout("x", DType::kF32, {"batch", "heads", "head_dim"})
                     .in("cosines", DType::kF32, {"batch", half_dims})
                     .in("sines", DType::kF32, {"batch", half_dims})
                     .work([](const Point& p) {
                       const std::int64_t n = p["batch"] * p["heads"] * p["dims"];
                       return Work{.bytes_read = {4 * n + 4 * p["batch"] * p["dims"]},
                                   .bytes_written = {4 * n},
                                   .flops = {3 * n}};
                     })
                     .tolerance({.n = 2})
                     .reference(expected);
  // Not for one token: some 100 ns, too short for the clock, and x has to be put back between calls.
  for (const std::int64_t heads : {9, 3}) entry.points.push_back(shape(128, heads, 64, 64, "interleaved"));
  const std::array<std::array<std::int64_t, 3>, 10> shapes{{{0, 64, 64},
                                                            {1, 2, 2},
                                                            {3, 6, 6},
                                                            {2, 8, 8},
                                                            {5, 16, 16},
                                                            {3, 18, 14},
                                                            {1, 34, 34},
                                                            {9, 64, 64},
                                                            {3, 64, 32},
                                                            {2, 128, 128}}};
  for (const auto& [heads, head_dim, dims] : shapes)
    for (const char* pairs : {"interleaved", "half-split"})
      entry.corners.push_back(shape(1, heads, head_dim, dims, pairs));
  entry.corners.push_back(shape(3, 2, 18, 14, "half-split"));
  add_variants(entry, rope_variants(), bind);
}

}  // namespace assay::kernels
