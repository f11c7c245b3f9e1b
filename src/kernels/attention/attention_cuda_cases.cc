// SPDX-License-Identifier: Apache-2.0
// The entries of attention on a CUDA device: prefill as PyTorch's scaled-dot-product attention has its
// arrays, (heads, rows, head_dim), and decode of one position. Points: GPT-2, SmolLM2-135M, Qwen3-0.6B, and a
// layer of a 7B model.
#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "device/cuda/memory.h"
#include "kernels/attention/attention_cuda.h"
#include "kernels/cuda_entry.h"
#include "kernels/entry.h"
#include "kernels/kernel_list.h"
#include "values/blocks.h"
#include "values/dtype.h"

namespace assay::kernels {
namespace {

constexpr std::int64_t kMostProducts = std::int64_t{1} << 25;  // of a reference
constexpr std::int64_t kCheckedRows = 48;                      // of a case that is too large to check whole

DType type_of(const Point& p) { return *values::dtype_from_name(p.word("type")); }

// Of a rounding to the type: half the distance to the next number, relative.
double unit_roundoff(DType type) { return type == DType::kBF16 ? 0x1p-8 : 0x1p-11; }

struct Shape {
  std::int64_t heads, kv_heads, head_dim;
};

Point prefill_at(const char* type, const Shape& shape, std::int64_t rows, std::int64_t keys) {
  return Point({{"type", type},
                {"heads", std::to_string(shape.heads)},
                {"kv_heads", std::to_string(shape.kv_heads)},
                {"head_dim", std::to_string(shape.head_dim)},
                {"rows", std::to_string(rows)},
                {"keys", std::to_string(keys)}});
}

Point decode_at(const char* type, const Shape& shape, std::int64_t length, std::int64_t capacity) {
  return Point({{"type", type},
                {"heads", std::to_string(shape.heads)},
                {"kv_heads", std::to_string(shape.kv_heads)},
                {"head_dim", std::to_string(shape.head_dim)},
                {"length", std::to_string(length)},
                {"capacity", std::to_string(capacity)}});
}

// `count` rows of a buffer from row `first` on.
std::vector<float> decoded(const Buffer& buffer, std::int64_t first, std::int64_t count) {
  const std::int64_t cols = buffer.spec.cols;
  std::vector<float> values(static_cast<std::size_t>(count * cols));
  const auto bytes = static_cast<std::size_t>(values::row_bytes(buffer.spec.dtype, cols));
  values::decode_row(
      buffer.spec.dtype,
      buffer.bytes.subspan(static_cast<std::size_t>(first) * bytes, static_cast<std::size_t>(count) * bytes),
      values);
  return values;
}

// One query row against the first `seen` of the keys: the output, and the root mean square of the terms
// weight * value / sum that it is the sum of, as one of `n` terms (the others are zero).
void attend(std::span<const float> q, std::span<const float> keys, std::span<const float> values,
            std::size_t seen, double n, Expected& out) {
  const std::size_t head_dim = q.size();
  std::vector<double> weights(seen);
  double maximum = -std::numeric_limits<double>::infinity(), sum = 0;
  for (std::size_t p = 0; p < seen; ++p) {
    double score = 0;
    for (std::size_t i = 0; i < head_dim; ++i)
      score += static_cast<double>(q[i]) * static_cast<double>(keys[p * head_dim + i]);
    weights[p] = score / std::sqrt(static_cast<double>(head_dim));
    maximum = std::max(maximum, weights[p]);
  }
  std::vector<double> sums(head_dim), squares(head_dim);
  for (std::size_t p = 0; p < seen; ++p) {
    const double weight = std::exp(weights[p] - maximum);
    sum += weight;
    for (std::size_t i = 0; i < head_dim; ++i) {
      const double term = weight * static_cast<double>(values[p * head_dim + i]);
      sums[i] += term;
      squares[i] += term * term;
    }
  }
  for (std::size_t i = 0; i < head_dim; ++i) {
    out.values.push_back(seen == 0 ? 0 : sums[i] / sum);
    out.term_rms.push_back(seen == 0 ? 0 : std::sqrt(squares[i] / n) / sum);
  }
}

// Which rows (head * rows + row) a reference computes: all, or some at both ends, around the borders of tiles
// and between, spread over the heads.
std::vector<std::int64_t> rows_to_check(std::int64_t heads, std::int64_t rows, std::int64_t keys,
                                        std::int64_t head_dim) {
  std::vector<std::int64_t> all;
  if (heads * rows * keys * head_dim <= kMostProducts) {
    for (std::int64_t i = 0; i < heads * rows; ++i) all.push_back(i);
    return all;
  }
  std::vector<std::int64_t> of_a_head = {0,   1,   15,        16,        63,       64,      127,
                                         128, 129, rows - 65, rows - 64, rows - 2, rows - 1};
  for (std::int64_t i = 1; static_cast<std::int64_t>(of_a_head.size()) < kCheckedRows; ++i)
    of_a_head.push_back(i * 2654435761 % rows);
  std::set<std::int64_t> some;
  for (std::size_t i = 0; i < of_a_head.size(); ++i)
    if (of_a_head[i] >= 0 && of_a_head[i] < rows)
      some.insert(static_cast<std::int64_t>(i) * 5 % heads * rows + of_a_head[i]);
  some.insert(heads * rows - 1);
  return {some.begin(), some.end()};
}

std::vector<Expected> expected_prefill(const Call& call, bool omit_last_term) {
  const std::int64_t heads = call["heads"], rows = call["rows"], keys = call["keys"];
  const std::int64_t head_dim = call["head_dim"], group = heads / call["kv_heads"];
  const std::vector<std::int64_t> at = rows_to_check(heads, rows, keys, head_dim);
  Expected out;
  std::vector<float> k, v;
  for (std::int64_t kv_head = -1; const std::int64_t row : at) {
    if (kv_head != row / rows / group) {
      kv_head = row / rows / group;
      k = decoded(call.buffer("k"), kv_head * keys, keys);
      v = decoded(call.buffer("v"), kv_head * keys, keys);
    }
    const std::int64_t seen = keys - rows + row % rows + (omit_last_term ? 0 : 1);
    attend(decoded(call.buffer("q"), row, 1), k, v, static_cast<std::size_t>(seen), static_cast<double>(keys),
           out);
    if (static_cast<std::int64_t>(at.size()) < heads * rows)
      for (std::int64_t i = 0; i < head_dim; ++i) out.at.push_back(row * head_dim + i);
  }
  return {out};
}

std::vector<Expected> expected_decode(const Call& call, bool omit_last_term) {
  const std::int64_t heads = call["heads"], group = heads / call["kv_heads"], length = call["length"];
  Expected out;
  std::vector<float> k, v;
  for (std::int64_t head = 0; head < heads; ++head) {
    if (head % group == 0) {
      k = decoded(call.buffer("k"), head / group * call["capacity"], length);
      v = decoded(call.buffer("v"), head / group * call["capacity"], length);
    }
    attend(decoded(call.buffer("q"), head, 1), k, v,
           static_cast<std::size_t>(length - (omit_last_term ? 1 : 0)), static_cast<double>(length), out);
  }
  return {out};
}

std::vector<BufferSpec> prefill_buffers(const Point& p) {
  const DType type = type_of(p);
  return {{"q", Role::kIn, type, p["heads"] * p["rows"], p["head_dim"]},
          {"k", Role::kIn, type, p["kv_heads"] * p["keys"], p["head_dim"]},
          {"v", Role::kIn, type, p["kv_heads"] * p["keys"], p["head_dim"]},
          {"out", Role::kOut, type, p["heads"] * p["rows"], p["head_dim"]}};
}

std::vector<BufferSpec> decode_buffers(const Point& p) {
  const DType type = type_of(p);
  return {{"q", Role::kIn, type, p["heads"], p["head_dim"]},
          {"k", Role::kIn, type, p["kv_heads"] * p["capacity"], p["head_dim"]},
          {"v", Role::kIn, type, p["kv_heads"] * p["capacity"], p["head_dim"]},
          {"out", Role::kOut, type, p["heads"], p["head_dim"]}};
}

Work prefill_work(const Point& p) {
  const std::int64_t rows = p["rows"], keys = p["keys"], heads = p["heads"], head_dim = p["head_dim"];
  const std::int64_t seen = rows * (2 * (keys - rows) + rows + 1) / 2;
  return {.bytes_read = {2 * head_dim * (heads * rows + 2 * p["kv_heads"] * keys)},
          .bytes_written = {2 * head_dim * heads * rows},
          .flops = {4 * seen * heads * head_dim}};
}

Work decode_work(const Point& p) {
  const std::int64_t heads = p["heads"], head_dim = p["head_dim"];
  return {.bytes_read = {2 * head_dim * (heads + 2 * p["kv_heads"] * p["length"])},
          .bytes_written = {2 * head_dim * heads},
          .flops = {4 * p["length"] * heads * head_dim}};
}

// The result is rounded to the type once, with a few f32 roundings before. The tensor cores take the weights
// of the softmax in the type too: each term's own rounding, independent of the others', so their sum walks by
// 0.42 unit sqrt(n) s (the root mean square of relative roundings of numbers spread over a binade); six times
// that, as a case has up to 10^7 outputs. It outweighs f32's part: a score's error is that of head_dim / 2
// additions.
Tolerance prefill_tolerance(const Point& p) {
  const double unit = unit_roundoff(type_of(p));
  return {.eps_out = 1.01 * unit, .eps_acc = unit, .k = 2.5, .n = static_cast<double>(p["keys"])};
}

// All in f32 but for the rounding of the result. A score is a sum of head_dim products, whose error becomes
// the relative error of its weight; 2^x adds two units. At worst one lane adds all positions one after the
// other: after i of n the sum is about sqrt(i) s, a rounding of it has a third of its square as variance, all
// together n^2 / 6; six standard deviations.
Tolerance decode_tolerance(const Point& p) {
  const double head_dim = static_cast<double>(p["head_dim"]), n = static_cast<double>(p["length"]);
  return {.eps_out = 1.01 * unit_roundoff(type_of(p)),
          .k = 4 * (3 + std::sqrt(head_dim / 2)) + 6 * std::sqrt(n / 6),
          .n = n};
}

std::function<CudaStatus()> bind_prefill(Prefill run, Call& call) {
  const std::int64_t head_dim = call["head_dim"], rows = call["rows"], keys = call["keys"];
  const PrefillArgs args{.type = type_of(call.point()),
                         .q = call.buffer("q").bytes.data(),
                         .k = call.buffer("k").bytes.data(),
                         .v = call.buffer("v").bytes.data(),
                         .out = call.buffer("out").bytes.data(),
                         .heads = call["heads"],
                         .kv_heads = call["kv_heads"],
                         .head_dim = head_dim,
                         .rows = rows,
                         .keys = keys,
                         .q_head_stride = rows * head_dim,
                         .q_row_stride = head_dim,
                         .kv_head_stride = keys * head_dim,
                         .kv_row_stride = head_dim};
  PrefillWork work;
  require_launched(run(args, work), "attention_prefill");
  return [work = std::move(work), stream = stream_of(call)] { return work(stream); };
}

std::function<CudaStatus()> bind_decode(Decode run, Call& call) {
  DecodeArgs args{.type = type_of(call.point()),
                  .q = call.buffer("q").bytes.data(),
                  .k = call.buffer("k").bytes.data(),
                  .v = call.buffer("v").bytes.data(),
                  .out = call.buffer("out").bytes.data(),
                  .heads = call["heads"],
                  .kv_heads = call["kv_heads"],
                  .head_dim = call["head_dim"],
                  .capacity = call["capacity"],
                  .length = call["length"]};
  const auto scratch = cuda_scratch(decode_scratch_bytes(args.heads, args.head_dim));
  args.scratch = scratch->data();
  if (auto zeroed = device::cuda::fill(scratch->data(), std::byte{0}, scratch->bytes(), stream_of(call));
      !zeroed)
    throw std::runtime_error("scratch: " + zeroed.error().message);
  return [run, args, scratch, stream = stream_of(call)] { return run(args, stream); };
}

constexpr std::array<Shape, 6> kShapes{
    {{1, 1, 64}, {4, 2, 64}, {3, 1, 64}, {4, 1, 128}, {2, 2, 128}, {6, 2, 128}}};

}  // namespace

std::int64_t decode_scratch_bytes(std::int64_t heads, std::int64_t head_dim) {
  const std::int64_t counters = (4 * heads + 255) / 256 * 256;
  return counters + heads * kMostDecodeSplits * (8 + 4 * head_dim);
}

void define_attention_prefill_cuda(Suite& suite) {
  Entry& entry = suite.entry("attention_prefill.cuda")
                     .measures("queries, keys and values in, causal attention out")
                     .work(prefill_work)
                     .tolerance(prefill_tolerance)
                     .reference(expected_prefill);
  entry.buffers = prefill_buffers;
  entry.points = {prefill_at("bf16", {12, 12, 64}, 960, 960), prefill_at("bf16", {9, 3, 64}, 2048, 2048),
                  prefill_at("bf16", {16, 8, 128}, 4096, 4096), prefill_at("bf16", {32, 8, 128}, 8192, 8192),
                  prefill_at("f16", {16, 8, 128}, 4096, 4096)};
  for (const char* type : {"bf16", "f16"})
    for (const Shape& shape : kShapes) {
      for (const std::int64_t rows : {1, 2, 15, 17, 63, 64, 65, 127, 128, 129, 200, 300})
        entry.corners.push_back(prefill_at(type, shape, rows, rows));
      entry.corners.push_back(prefill_at(type, shape, 0, 5));
      entry.corners.push_back(prefill_at(type, shape, 1, 130));
      entry.corners.push_back(prefill_at(type, shape, 70, 333));
    }
  add_cuda_variants(entry, attention_prefill_cuda_variants(), bind_prefill);
}

void define_attention_decode_cuda(Suite& suite) {
  Entry& entry = suite.entry("attention_decode.cuda")
                     .measures("one position's queries against the cache, its output out")
                     .work(decode_work)
                     .tolerance(decode_tolerance)
                     .reference(expected_decode);
  entry.buffers = decode_buffers;
  entry.points = {decode_at("bf16", {12, 12, 64}, 1024, 1024), decode_at("bf16", {9, 3, 64}, 2048, 2048),
                  decode_at("bf16", {16, 8, 128}, 8192, 8192), decode_at("bf16", {16, 8, 128}, 32768, 32768),
                  decode_at("f16", {16, 8, 128}, 8192, 8192)};
  for (const char* type : {"bf16", "f16"})
    for (const Shape& shape : kShapes) {
      for (const std::int64_t length : {1, 2, 3, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 500, 1025})
        entry.corners.push_back(decode_at(type, shape, length, length));
      entry.corners.push_back(decode_at(type, shape, 100, 131));
    }
  entry.corners.push_back(decode_at("bf16", {5, 1, 64}, 300, 300));
  entry.corners.push_back(decode_at("bf16", {8, 1, 128}, 9001, 9001));
  add_cuda_variants(entry, attention_decode_cuda_variants(), bind_decode);
}

}  // namespace assay::kernels
