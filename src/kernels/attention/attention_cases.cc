// SPDX-License-Identifier: Apache-2.0
// The cases of attention: decode, merge, prefill.
//
// Tolerance. Queries and keys are normal with variance 1, so a score is the sum of head_dim terms of variance
// 1 / head_dim. Added one after another, the partial sums grow to 1, and their roundings give the score an
// error of 2^-24 sqrt(head_dim / 2): absolute, and therefore relative in e^score, a term of the output. To
// this comes the rounding of that sum itself: eps_acc = 2^-24 (1 + sqrt(head_dim / 2)). An error of the
// maximum moves a whole partial result by one factor: eps_out = 2^-20.
#include <array>
#include <cmath>

#include "kernels/attention/attention.h"
#include "kernels/conformance.h"
#include "kernels/kernel_list.h"
#include "values/blocks.h"

namespace assay::kernels {
namespace {

using suite::Buffers;
using suite::KernelCase;
using values::DType;

suite::Tolerance tolerance(std::int64_t head_dim, std::int64_t positions) {
  return {.eps_out = 0x1p-20,
          .eps_acc = 0x1p-24 * (1 + std::sqrt(static_cast<double>(head_dim) / 2)),
          .n = static_cast<double>(positions)};
}
constexpr std::int64_t kGap = 3;  // prefill's output rows are wider than the heads need

struct HeadSum {
  double maximum = -std::numeric_limits<double>::infinity();
  double sum = 0, sum_rms = 0;
  std::vector<double> out, out_rms;  // not divided by sum
};

// One query head against positions [begin, end), in double.
HeadSum attend(const AttentionCache& cache, const float* q, std::int64_t kv_head, device::Range positions) {
  const auto head_dim = static_cast<std::size_t>(cache.head_dim);
  const auto row = [&](const std::uint16_t* base, std::int64_t p) {
    return base + (kv_head * cache.capacity + p) * cache.head_dim;
  };
  std::vector<double> scores;
  HeadSum result;
  for (std::int64_t p = positions.begin; p < positions.end; ++p) {
    double score = 0;
    for (std::size_t i = 0; i < head_dim; ++i)
      score += static_cast<double>(q[i]) * static_cast<double>(values::f16_to_f32(row(cache.keys, p)[i]));
    scores.push_back(score / std::sqrt(static_cast<double>(head_dim)));
    result.maximum = std::max(result.maximum, scores.back());
  }
  result.out.resize(head_dim);
  result.out_rms.resize(head_dim);
  for (std::size_t s = 0; s < scores.size(); ++s) {
    const double weight = std::exp(scores[s] - result.maximum);
    const std::uint16_t* value = row(cache.values, positions.begin + static_cast<std::int64_t>(s));
    result.sum += weight;
    result.sum_rms += weight * weight;
    for (std::size_t i = 0; i < head_dim; ++i) {
      const double term = weight * static_cast<double>(values::f16_to_f32(value[i]));
      result.out[i] += term;
      result.out_rms[i] += term * term;
    }
  }
  const auto n = static_cast<double>(std::max<std::size_t>(1, scores.size()));
  result.sum_rms = std::sqrt(result.sum_rms / n);
  for (double& rms : result.out_rms) rms = std::sqrt(rms / n);
  return result;
}

struct Heads {
  std::int64_t heads, kv_heads, head_dim;
};
constexpr std::array<Heads, 6> kHeads{
    {{9, 3, 64}, {8, 4, 8}, {4, 1, 40}, {5, 1, 16}, {1, 1, 128}, {2, 2, 24}}};
constexpr Heads kOddHeads{3, 1, 20};  // no multiple of 8: the reference only

AttentionCache cache_of(const KernelCase& one_case, Buffers b) {
  return {.keys = b[1].as<std::uint16_t>().data(),
          .values = b[2].as<std::uint16_t>().data(),
          .capacity = one_case.dims[3],
          .heads = one_case.dims[0],
          .kv_heads = one_case.dims[1],
          .head_dim = one_case.dims[2]};
}

std::vector<suite::BufferSpec> inputs_of(const Heads& shape, std::int64_t rows, std::int64_t capacity) {
  using suite::Fill;
  using suite::Role;
  return {{"q", Role::kIn, DType::kF32, rows, shape.heads * shape.head_dim, Fill::kNormal},
          {"keys", Role::kIn, DType::kF16, shape.kv_heads * capacity, shape.head_dim, Fill::kNormal},
          {"values", Role::kIn, DType::kF16, shape.kv_heads * capacity, shape.head_dim, Fill::kNormal}};
}

template <typename Function, typename Call>
std::vector<suite::KernelVariant> variants_by_head_dim(std::span<const Variant<Function>> all, Call call) {
  std::vector<suite::KernelVariant> made = variants_for_cases(all, call);
  for (suite::KernelVariant& variant : made)
    if (variant.isa != device::Isa::kReference)
      variant.takes = [](const KernelCase& one_case) { return one_case.dims[2] % 8 == 0; };
  return made;
}

std::vector<suite::Expected> expected_decode(const KernelCase& one_case, Buffers b, bool omit_last_term) {
  const AttentionCache cache = cache_of(one_case, b);
  const device::Range positions{one_case.dims[4], one_case.dims[5] - (omit_last_term ? 1 : 0)};
  suite::Expected out, maximum, sum;
  for (std::int64_t head = 0; head < cache.heads; ++head) {
    const HeadSum s =
        attend(cache, b[0].as<float>().data() + head * cache.head_dim, head / cache.group(), positions);
    out.values.insert(out.values.end(), s.out.begin(), s.out.end());
    out.term_rms.insert(out.term_rms.end(), s.out_rms.begin(), s.out_rms.end());
    maximum.values.push_back(s.maximum);
    maximum.term_rms.push_back(1.0 / std::sqrt(one_case.tolerance.n));
    sum.values.push_back(s.sum);
    sum.term_rms.push_back(s.sum_rms);
  }
  return {out, maximum, sum};
}

std::vector<suite::Expected> expected_prefill(const KernelCase& one_case, Buffers b, bool omit_last_term) {
  const AttentionCache cache = cache_of(one_case, b);
  const std::int64_t first = one_case.dims[4], rows = one_case.dims[5];
  const std::int64_t width = cache.heads * cache.head_dim;
  suite::Expected out;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t head = 0; head < cache.heads; ++head) {
      const HeadSum s = attend(cache, b[0].as<float>().data() + row * width + head * cache.head_dim,
                               head / cache.group(), {0, first + row + (omit_last_term ? 0 : 1)});
      for (std::size_t i = 0; i < s.out.size(); ++i) {
        out.values.push_back(s.out[i] / s.sum);
        out.term_rms.push_back(s.out_rms[i] / s.sum);
      }
    }
    out.values.insert(out.values.end(), kGap, suite::kUntouched);
    out.term_rms.insert(out.term_rms.end(), kGap, 0.0);
  }
  return {out};
}

void run_prefill(AttentionPrefill run, const KernelCase& one_case, Buffers b) {
  const AttentionCache cache = cache_of(one_case, b);
  const std::int64_t rows = one_case.dims[5], width = cache.heads * cache.head_dim;
  std::vector<float> scratch(
      static_cast<std::size_t>(attention_scratch(cache.heads, cache.kv_heads, cache.head_dim)));
  const AttentionQueries queries{.q = b[0].as<float>().data(),
                                 .q_stride = width,
                                 .out = b[3].as<float>().data(),
                                 .out_stride = width + kGap,
                                 .first_position = one_case.dims[4]};
  for (std::int64_t kv_head = 0; kv_head < cache.kv_heads; ++kv_head)
    for (std::int64_t row = 0; row < rows; row += kAttentionBlock)
      run(cache, queries, kv_head, {row, std::min(row + kAttentionBlock, rows)}, scratch.data());
}

std::vector<suite::Expected> expected_merge(const KernelCase& one_case, Buffers b, bool omit_last_term) {
  const std::int64_t heads = one_case.dims[0], parts = one_case.dims[1], head_dim = one_case.dims[2];
  const auto at = [](const suite::Buffer& buffer, std::int64_t i) {
    return static_cast<double>(buffer.as<float>()[static_cast<std::size_t>(i)]);
  };
  suite::Expected out;
  for (std::int64_t head = 0; head < heads; ++head)
    for (std::int64_t i = 0; i < head_dim; ++i) {
      double total = 0, squares = 0, sum = 0;
      for (std::int64_t part = 0; part < parts - (omit_last_term ? 1 : 0); ++part) {
        const double weight = std::exp(at(b[1], part * heads + head));
        const double term = weight * at(b[0], (part * heads + head) * head_dim + i);
        sum += weight * at(b[2], part * heads + head);
        total += term;
        squares += term * term;
      }
      out.values.push_back(total / sum);
      out.term_rms.push_back(std::sqrt(squares / static_cast<double>(parts)) / sum);
    }
  return {out};
}

void run_merge(AttentionMerge run, const KernelCase& one_case, Buffers b) {
  const std::int64_t heads = one_case.dims[0], parts = one_case.dims[1], head_dim = one_case.dims[2];
  std::vector<AttentionPartial> partials;
  for (std::int64_t part = 0; part < parts; ++part)
    partials.push_back({b[0].as<float>().data() + part * heads * head_dim,
                        b[1].as<float>().data() + part * heads, b[2].as<float>().data() + part * heads});
  run(partials, heads, head_dim, b[3].as<float>().data());
}

}  // namespace

suite::Kernel attention_decode_cases() {
  suite::Kernel kernel;
  kernel.name = "attention_decode";
  const auto add = [&](const Heads& shape, std::int64_t capacity, std::int64_t begin, std::int64_t end) {
    KernelCase made;
    made.name = fmt::format("heads={}/{} head_dim={} capacity={} positions={}-{}", shape.heads,
                            shape.kv_heads, shape.head_dim, capacity, begin, end);
    made.dims = {shape.heads, shape.kv_heads, shape.head_dim, capacity, begin, end};
    made.buffers = inputs_of(shape, 1, capacity);
    made.buffers.push_back({"out", suite::Role::kOut, DType::kF32, shape.heads, shape.head_dim, {}});
    made.buffers.push_back({"maximum", suite::Role::kOut, DType::kF32, 1, shape.heads, {}});
    made.buffers.push_back({"sum", suite::Role::kOut, DType::kF32, 1, shape.heads, {}});
    made.tolerance = tolerance(shape.head_dim, end - begin);
    made.work = {{(end - begin) * shape.kv_heads * shape.head_dim * 4},
                 {shape.heads * shape.head_dim * 4},
                 {(end - begin) * shape.heads * shape.head_dim * 4},
                 0,
                 ""};
    kernel.cases.push_back(std::move(made));
  };
  for (const Heads& shape : kHeads)
    for (const std::int64_t end : {1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 130}) add(shape, end, 0, end);
  add(kHeads[0], 300, 37, 270);
  add(kHeads[0], 512, 0, 512);
  add(kOddHeads, 21, 2, 20);
  kernel.variants = variants_by_head_dim(
      attention_decode_variants(8), [](AttentionDecode run, const KernelCase& one_case, Buffers b) {
        run(cache_of(one_case, b), b[0].as<float>().data(), {one_case.dims[4], one_case.dims[5]},
            {b[3].as<float>().data(), b[4].as<float>().data(), b[5].as<float>().data()});
      });
  kernel.reference = expected_decode;
  return kernel;
}

suite::Kernel attention_merge_cases() {
  suite::Kernel kernel;
  kernel.name = "attention_merge";
  for (const Heads& shape : {kHeads[0], kHeads[1], kHeads[4], kOddHeads})
    for (const std::int64_t parts : {1, 2, 3, 5, 64}) {
      KernelCase made;
      made.name = fmt::format("heads={} head_dim={} parts={}", shape.heads, shape.head_dim, parts);
      made.dims = {shape.heads, parts, shape.head_dim};
      made.buffers = {
          {"outs", suite::Role::kIn, DType::kF32, parts * shape.heads, shape.head_dim, suite::Fill::kNormal},
          {"maxima", suite::Role::kIn, DType::kF32, parts, shape.heads, suite::Fill::kNormal},
          {"sums", suite::Role::kIn, DType::kF32, parts, shape.heads, suite::Fill::kPositive},
          {"out", suite::Role::kOut, DType::kF32, shape.heads, shape.head_dim, {}}};
      made.tolerance = tolerance(shape.head_dim, parts);
      const std::int64_t floats = shape.heads * shape.head_dim;
      made.work = {{parts * floats * 4}, {floats * 4}, {parts * floats * 2}, 0, ""};
      kernel.cases.push_back(std::move(made));
    }
  kernel.variants = variants_by_head_dim(attention_merge_variants(8), run_merge);
  kernel.reference = expected_merge;
  return kernel;
}

suite::Kernel attention_prefill_cases() {
  suite::Kernel kernel;
  kernel.name = "attention_prefill";
  const auto add = [&](const Heads& shape, std::int64_t capacity, std::int64_t first, std::int64_t rows) {
    KernelCase made;
    made.name = fmt::format("heads={}/{} head_dim={} capacity={} first={} rows={}", shape.heads,
                            shape.kv_heads, shape.head_dim, capacity, first, rows);
    made.dims = {shape.heads, shape.kv_heads, shape.head_dim, capacity, first, rows};
    made.buffers = inputs_of(shape, rows, capacity);
    made.buffers.push_back(
        {"out", suite::Role::kOut, DType::kF32, rows, shape.heads * shape.head_dim + kGap, {}});
    made.tolerance = tolerance(shape.head_dim, first + rows);
    const std::int64_t seen = rows * (2 * first + rows + 1) / 2;
    made.work = {{((first + rows) * shape.kv_heads * 4 + rows * shape.heads * 4) * shape.head_dim},
                 {rows * shape.heads * shape.head_dim * 4},
                 {seen * shape.heads * shape.head_dim * 4},
                 0,
                 ""};
    kernel.cases.push_back(std::move(made));
  };
  for (const Heads& shape : kHeads)
    for (const std::int64_t rows : {1, 2, 15, 16, 17, 33}) {
      add(shape, rows, 0, rows);
      add(shape, rows + 70, 61, rows);
    }
  add(kHeads[0], 200, 0, 150);
  add(kOddHeads, 21, 2, 17);
  kernel.variants = variants_by_head_dim(attention_prefill_variants(8), run_prefill);
  kernel.reference = expected_prefill;
  return kernel;
}

}  // namespace assay::kernels
