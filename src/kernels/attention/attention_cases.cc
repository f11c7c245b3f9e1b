// SPDX-License-Identifier: Apache-2.0
// The entries of attention: decode, merge, prefill.
//
// Tolerance. Queries and keys are normal with variance 1, so a score is the sum of head_dim terms of variance
// 1 / head_dim. Added one after another, the partial sums grow to 1, and their roundings give the score an
// error of 2^-24 sqrt(head_dim / 2): absolute, and therefore relative in e^score, a term of the output. To
// this comes the rounding of that sum itself: eps_acc = 2^-24 (1 + sqrt(head_dim / 2)). An error of the
// maximum moves a whole partial result by one factor: eps_out = 2^-20.
#include <array>
#include <cmath>

#include "kernels/attention/attention.h"
#include "kernels/entry.h"
#include "kernels/kernel_list.h"
#include "values/blocks.h"

namespace assay::kernels {
namespace {

Tolerance tolerance(std::int64_t head_dim, std::int64_t positions) {
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

AttentionCache cache_of(const Call& call) {
  return {.keys = call.data<std::uint16_t>("keys").data(),
          .values = call.data<std::uint16_t>("values").data(),
          .capacity = call["capacity"],
          .heads = call["heads"],
          .kv_heads = call["kv_heads"],
          .head_dim = call["head_dim"]};
}

const float* floats(const Call& call, const char* buffer) { return call.data<float>(buffer).data(); }

// Keys, values and queries; axes: heads, kv_heads, head_dim, capacity, rows of q.
void add_inputs(Entry& entry, Dim rows) {
  const Dim width = [](const Point& p) { return p["heads"] * p["head_dim"]; };
  entry.in("q", DType::kF32, {std::move(rows), width})
      .in("keys", DType::kF16, {"kv_heads", "capacity", "head_dim"})
      .in("values", DType::kF16, {"kv_heads", "capacity", "head_dim"});
}

// head_dim decides which variants apply.
template <typename Function, typename Bind>
void add_variants_by_head_dim(Entry& entry, std::span<const Variant<Function>> list, Bind bind) {
  add_variants(entry, list, bind, "f32");
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].isa == device::Isa::kReference) continue;
    entry.variants[i].takes = [](const Point& p) { return p["head_dim"] % 8 == 0; };
  }
}

std::vector<Expected> expected_decode(const Call& call, bool omit_last_term) {
  const AttentionCache cache = cache_of(call);
  const device::Range positions{call["begin"], call["end"] - (omit_last_term ? 1 : 0)};
  const auto n = static_cast<double>(call["end"] - call["begin"]);
  Expected out, maximum, sum;
  for (std::int64_t head = 0; head < cache.heads; ++head) {
    const HeadSum s =
        attend(cache, floats(call, "q") + head * cache.head_dim, head / cache.group(), positions);
    out.values.insert(out.values.end(), s.out.begin(), s.out.end());
    out.term_rms.insert(out.term_rms.end(), s.out_rms.begin(), s.out_rms.end());
    maximum.values.push_back(s.maximum);
    maximum.term_rms.push_back(1.0 / std::sqrt(n));
    sum.values.push_back(s.sum);
    sum.term_rms.push_back(s.sum_rms);
  }
  return {out, maximum, sum};
}

std::vector<Expected> expected_prefill(const Call& call, bool omit_last_term) {
  const AttentionCache cache = cache_of(call);
  const std::int64_t width = cache.heads * cache.head_dim;
  Expected out;
  for (std::int64_t row = 0; row < call["rows"]; ++row) {
    for (std::int64_t head = 0; head < cache.heads; ++head) {
      const HeadSum s = attend(cache, floats(call, "q") + row * width + head * cache.head_dim,
                               head / cache.group(), {0, call["first"] + row + (omit_last_term ? 0 : 1)});
      for (std::size_t i = 0; i < s.out.size(); ++i) {
        out.values.push_back(s.out[i] / s.sum);
        out.term_rms.push_back(s.out_rms[i] / s.sum);
      }
    }
    out.values.insert(out.values.end(), kGap, kUntouched);
    out.term_rms.insert(out.term_rms.end(), kGap, 0.0);
  }
  return {out};
}

std::function<void()> bind_prefill(AttentionPrefill run, Call& call) {
  const AttentionCache cache = cache_of(call);
  const std::int64_t width = cache.heads * cache.head_dim;
  const AttentionQueries queries{.q = floats(call, "q"),
                                 .q_stride = width,
                                 .out = call.data<float>("out").data(),
                                 .out_stride = width + kGap,
                                 .first_position = call["first"]};
  const auto scratch = std::make_shared<std::vector<float>>(
      static_cast<std::size_t>(attention_scratch(cache.heads, cache.kv_heads, cache.head_dim)));
  return [=, rows = call["rows"]] {
    for (std::int64_t kv_head = 0; kv_head < cache.kv_heads; ++kv_head)
      for (std::int64_t row = 0; row < rows; row += kAttentionBlock)
        run(cache, queries, kv_head, {row, std::min(row + kAttentionBlock, rows)}, scratch->data());
  };
}

std::vector<Expected> expected_merge(const Call& call, bool omit_last_term) {
  const std::int64_t heads = call["heads"], parts = call["parts"], head_dim = call["head_dim"];
  const auto at = [&call](const char* buffer, std::int64_t i) {
    return static_cast<double>(floats(call, buffer)[i]);
  };
  Expected out;
  for (std::int64_t head = 0; head < heads; ++head)
    for (std::int64_t i = 0; i < head_dim; ++i) {
      double total = 0, squares = 0, sum = 0;
      for (std::int64_t part = 0; part < parts - (omit_last_term ? 1 : 0); ++part) {
        const double weight = std::exp(at("maxima", part * heads + head));
        const double term = weight * at("outs", (part * heads + head) * head_dim + i);
        sum += weight * at("sums", part * heads + head);
        total += term;
        squares += term * term;
      }
      out.values.push_back(total / sum);
      out.term_rms.push_back(std::sqrt(squares / static_cast<double>(parts)) / sum);
    }
  return {out};
}

std::function<void()> bind_merge(AttentionMerge run, Call& call) {
  const std::int64_t heads = call["heads"], head_dim = call["head_dim"];
  std::vector<AttentionPartial> partials;
  for (std::int64_t part = 0; part < call["parts"]; ++part)
    partials.push_back({call.data<float>("outs").data() + part * heads * head_dim,
                        call.data<float>("maxima").data() + part * heads,
                        call.data<float>("sums").data() + part * heads});
  return [=, out = call.data<float>("out").data()] { run(partials, heads, head_dim, out); };
}

Point decode_at(const Heads& shape, std::int64_t capacity, std::int64_t begin, std::int64_t end) {
  return point_of({{"heads", shape.heads},
                   {"kv_heads", shape.kv_heads},
                   {"head_dim", shape.head_dim},
                   {"capacity", capacity},
                   {"begin", begin},
                   {"end", end}});
}

Point prefill_at(const Heads& shape, std::int64_t capacity, std::int64_t first, std::int64_t rows) {
  return point_of({{"heads", shape.heads},
                   {"kv_heads", shape.kv_heads},
                   {"head_dim", shape.head_dim},
                   {"capacity", capacity},
                   {"first", first},
                   {"rows", rows}});
}

Work decode_work(const Point& p) {
  const std::int64_t positions = p["end"] - p["begin"], head_dim = p["head_dim"];
  return {.bytes_read = {positions * p["kv_heads"] * head_dim * 4 + p["heads"] * head_dim * 4},
          .bytes_written = {p["heads"] * (head_dim + 2) * 4},
          .flops = {positions * p["heads"] * head_dim * 4}};
}

Work prefill_work(const Point& p) {
  const std::int64_t first = p["first"], rows = p["rows"], heads = p["heads"], head_dim = p["head_dim"];
  const std::int64_t seen = rows * (2 * first + rows + 1) / 2;
  return {.bytes_read = {((first + rows) * p["kv_heads"] * 4 + rows * heads * 4) * head_dim},
          .bytes_written = {rows * heads * head_dim * 4},
          .flops = {seen * heads * head_dim * 4}};
}

}  // namespace

void define_attention_decode(Suite& suite) {
  Entry& entry =
      suite.entry("attention_decode")
          .measures("one query position against a range of the cache, partial result out")
          .work(decode_work)
          .tolerance([](const Point& p) { return tolerance(p["head_dim"], p["end"] - p["begin"]); })
          .reference(expected_decode);
  add_inputs(entry, 1);
  entry.out("out", DType::kF32, {"heads", "head_dim"})
      .out("maximum", DType::kF32, {"heads"})
      .out("sum", DType::kF32, {"heads"});
  for (const std::int64_t depth : {128, 512, 2048})
    entry.points.push_back(decode_at(kHeads[0], 2048, 0, depth));
  for (const Heads& shape : kHeads)
    for (const std::int64_t end : {1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 130})
      entry.corners.push_back(decode_at(shape, end, 0, end));
  entry.corners.push_back(decode_at(kHeads[0], 300, 37, 270));
  entry.corners.push_back(decode_at(kHeads[0], 512, 0, 512));
  entry.corners.push_back(decode_at(kOddHeads, 21, 2, 20));
  add_variants_by_head_dim(entry, attention_decode_variants(8), [](AttentionDecode run, Call& call) {
    const AttentionPartial partial{call.data<float>("out").data(), call.data<float>("maximum").data(),
                                   call.data<float>("sum").data()};
    return [=, cache = cache_of(call), q = floats(call, "q"),
            positions = device::Range{call["begin"], call["end"]}] { run(cache, q, positions, partial); };
  });
}

void define_attention_merge(Suite& suite) {
  Entry& entry = suite.entry("attention_merge")
                     .measures("partial results in, one result out")
                     .in("outs", DType::kF32, {"parts", "heads", "head_dim"})
                     .in("maxima", DType::kF32, {"parts", "heads"})
                     .in("sums", DType::kF32, {"parts", "heads"}, Fill::kPositive)
                     .out("out", DType::kF32, {"heads", "head_dim"})
                     .work([](const Point& p) {
                       const std::int64_t floats = p["heads"] * p["head_dim"];
                       return Work{.bytes_read = {p["parts"] * floats * 4},
                                   .bytes_written = {floats * 4},
                                   .flops = {p["parts"] * floats * 2}};
                     })
                     .tolerance([](const Point& p) { return tolerance(p["head_dim"], p["parts"]); })
                     .reference(expected_merge);
  const auto at = [](const Heads& shape, std::int64_t parts) {
    return point_of({{"heads", shape.heads}, {"head_dim", shape.head_dim}, {"parts", parts}});
  };
  for (const std::int64_t parts : {2, 8}) entry.points.push_back(at(kHeads[0], parts));
  for (const Heads& shape : {kHeads[0], kHeads[1], kHeads[4], kOddHeads})
    for (const std::int64_t parts : {1, 2, 3, 5, 64}) entry.corners.push_back(at(shape, parts));
  add_variants_by_head_dim(entry, attention_merge_variants(8), bind_merge);
}

void define_attention_prefill(Suite& suite) {
  Entry& entry =
      suite.entry("attention_prefill")
          .measures("a block of query positions against the cache before and in it")
          .work(prefill_work)
          .tolerance([](const Point& p) { return tolerance(p["head_dim"], p["first"] + p["rows"]); })
          .reference(expected_prefill);
  add_inputs(entry, "rows");
  entry.out("out", DType::kF32, {"rows", [](const Point& p) { return p["heads"] * p["head_dim"] + kGap; }});
  for (const std::int64_t first : {0, 384}) entry.points.push_back(prefill_at(kHeads[0], 2048, first, 128));
  for (const Heads& shape : kHeads)
    for (const std::int64_t rows : {1, 2, 15, 16, 17, 33}) {
      entry.corners.push_back(prefill_at(shape, rows, 0, rows));
      entry.corners.push_back(prefill_at(shape, rows + 70, 61, rows));
    }
  entry.corners.push_back(prefill_at(kHeads[0], 200, 0, 150));
  entry.corners.push_back(prefill_at(kOddHeads, 21, 2, 17));
  add_variants_by_head_dim(entry, attention_prefill_variants(8), bind_prefill);
}

}  // namespace assay::kernels
