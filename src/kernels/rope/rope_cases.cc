// SPDX-License-Identifier: Apache-2.0
// The cases of RoPE. dims: heads, head_dim, rotated dims, 1 for pairs that are split in half.
#include <array>
#include <cmath>

#include "kernels/conformance.h"
#include "kernels/kernel_list.h"
#include "kernels/rope/rope.h"

namespace assay::kernels {
namespace {

RopeHeads job_of(const suite::KernelCase& one_case, suite::Buffers b) {
  return {.x = b[0].as<float>().data(),
          .heads = one_case.dims[0],
          .head_dim = one_case.dims[1],
          .dims = one_case.dims[2],
          .cosines = b[1].as<float>().data(),
          .sines = b[2].as<float>().data(),
          .pairs = one_case.dims[3] == 1 ? RopePairs::kHalfSplit : RopePairs::kInterleaved};
}

// Elements past the rotated ones are untouched. One term less: the last pair of each head is left as it is.
suite::Expected expected(const suite::KernelCase& one_case, suite::Buffers b, bool omit_last_term) {
  const RopeHeads job = job_of(one_case, b);
  const auto size = static_cast<std::size_t>(job.heads * job.head_dim);
  suite::Expected y{std::vector<double>(size, suite::kUntouched), std::vector<double>(size)};
  const std::int64_t pairs = job.dims / 2;
  for (std::int64_t head = 0; head < job.heads; ++head)
    for (std::int64_t i = 0; i < pairs - (omit_last_term ? 1 : 0); ++i) {
      const bool split = job.pairs == RopePairs::kHalfSplit;
      const auto first = static_cast<std::size_t>(head * job.head_dim + (split ? i : 2 * i));
      const std::size_t second = first + static_cast<std::size_t>(split ? pairs : 1);
      const auto a = static_cast<double>(job.x[first]), c = static_cast<double>(job.x[second]);
      const auto cosine = static_cast<double>(job.cosines[i]), sine = static_cast<double>(job.sines[i]);
      y.values[first] = a * cosine - c * sine;
      y.values[second] = a * sine + c * cosine;
      y.term_rms[first] = std::hypot(a * cosine, c * sine) / std::sqrt(2.0);
      y.term_rms[second] = std::hypot(a * sine, c * cosine) / std::sqrt(2.0);
    }
  return y;
}

}  // namespace

suite::Kernel rope_cases() {
  suite::Kernel kernel;
  kernel.name = "rope";
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
    for (const std::int64_t split : {0, 1}) {
      suite::KernelCase one_case;
      one_case.name = fmt::format("heads={} head_dim={} dims={} {}", heads, head_dim, dims,
                                  split == 1 ? "half-split" : "interleaved");
      one_case.dims = {heads, head_dim, dims, split};
      one_case.buffers = {
          {"x", suite::Role::kInOut, values::DType::kF32, heads, head_dim, suite::Fill::kNormal},
          {"cosines", suite::Role::kIn, values::DType::kF32, 1, dims / 2, suite::Fill::kNormal},
          {"sines", suite::Role::kIn, values::DType::kF32, 1, dims / 2, suite::Fill::kNormal}};
      one_case.tolerance.n = 2;
      one_case.work = {{heads * dims * 4 + dims * 4}, {heads * dims * 4}, {heads * dims * 3}, 0, ""};
      kernel.cases.push_back(std::move(one_case));
    }
  kernel.variants = variants_for_cases(
      rope_variants(), [](Rope run, const auto& one_case, suite::Buffers b) { run(job_of(one_case, b)); });
  kernel.reference = [](const auto& one_case, suite::Buffers buffers, bool omit_last_term) {
    return std::vector{expected(one_case, buffers, omit_last_term)};
  };
  return kernel;
}

}  // namespace assay::kernels
