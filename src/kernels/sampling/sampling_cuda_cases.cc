// SPDX-License-Identifier: Apache-2.0
// The entry of sampling on CUDA. The token is exact: no tolerance.
#include <array>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "base/random.h"
#include "kernels/cuda_entry.h"
#include "kernels/entry.h"
#include "kernels/kernel_list.h"
#include "kernels/sampling/sampling.h"
#include "values/blocks.h"
#include "values/dtype.h"

namespace assay::kernels {
namespace {

struct NamedFilter {
  const char* name;
  SampleFilter filter;
};

constexpr std::array<NamedFilter, 8> kFilters{{
    {"greatest", {.temperature = 0, .top_k = 0, .top_p = 1}},
    {"all", {.temperature = 0.8f, .top_k = 0, .top_p = 1}},
    {"k50", {.temperature = 0.8f, .top_k = 50, .top_p = 1}},
    {"k50_p90", {.temperature = 0.8f, .top_k = 50, .top_p = 0.9f}},
    {"p90", {.temperature = 0.8f, .top_k = 0, .top_p = 0.9f}},
    {"k1", {.temperature = 1, .top_k = 1, .top_p = 1}},
    {"k256_p50", {.temperature = 1.3f, .top_k = 256, .top_p = 0.5f}},
    {"k700_p99", {.temperature = 2, .top_k = 700, .top_p = 0.99f}},
}};

SampleFilter filter_at(const Point& p) {
  for (const NamedFilter& one : kFilters)
    if (p.word("filter") == one.name) return one.filter;
  throw std::invalid_argument("no filter is called " + p.word("filter"));
}

DType type_at(const Point& p) { return *values::dtype_from_name(p.word("type")); }
bool shares_row(const Point& p) { return p.word("values") == "one_row"; }

// Logits as a model gives them; `ties`: three values only; `specials`: some are no number.
void fill_logits(std::span<std::byte> bytes, const Point& p, std::uint64_t seed) {
  const DType type = type_at(p);
  const std::int64_t count = static_cast<std::int64_t>(bytes.size()) / values::row_bytes(type, 1);
  std::vector<float> logits(static_cast<std::size_t>(count));
  Random random(seed);
  for (float& z : logits) {
    z = static_cast<float>(3 * random.normal());
    if (p.word("values") == "ties") z = static_cast<float>(random.below(3));
    if (p.word("values") == "specials") {
      const std::uint32_t kind = random.below(6);
      if (kind == 0) z = std::numeric_limits<float>::quiet_NaN();
      if (kind == 1) z = -std::numeric_limits<float>::infinity();
      if (kind == 2) z = random.below(2) == 0 ? 0.0f : -0.0f;
    }
    if (p.word("values") == "infinite" && random.below(4) == 0) z = std::numeric_limits<float>::infinity();
  }
  values::encode_row(type, logits, bytes);
}

std::vector<Expected> expected(const Call& call, bool omit_last_term) {
  const auto vocab = static_cast<std::size_t>(call["vocab"]);
  const Buffer& logits = call.buffer("logits");
  std::vector<float> z(static_cast<std::size_t>(logits.spec.rows * logits.spec.cols));
  values::decode_row(logits.spec.dtype, logits.bytes, z);
  Expected tokens;
  for (std::size_t row = 0; row < static_cast<std::size_t>(call["rows"]); ++row) {
    const std::size_t at = shares_row(call.point()) ? 0 : row * vocab;
    tokens.values.push_back(sample_reference(std::span(z).subspan(at, vocab), filter_at(call.point()),
                                             call.data<std::uint64_t>("seeds")[row]));
  }
  if (omit_last_term && !tokens.values.empty()) tokens.values.back() = kUntouched;  // there are no sums
  return {tokens};
}

std::function<CudaStatus()> launch(SampleCuda run, Call& call) {
  const SampleArgs args{.logits = call.buffer("logits").bytes.data(),
                        .type = type_at(call.point()),
                        .rows = call["rows"],
                        .vocab = call["vocab"],
                        .row_stride = shares_row(call.point()) ? 0 : call["vocab"],
                        .filter = filter_at(call.point()),
                        .seeds = call.data<std::uint64_t>("seeds").data(),
                        .tokens = call.data<std::int32_t>("tokens").data()};
  return [=, stream = stream_of(call)] { return run(args, stream); };
}

Point point(const char* type, const char* filter, const char* values, std::int64_t rows, std::int64_t vocab) {
  return Point({{"type", type},
                {"filter", filter},
                {"values", values},
                {"rows", std::to_string(rows)},
                {"vocab", std::to_string(vocab)}});
}

}  // namespace

void define_sampling_cuda(Suite& suite) {
  Entry& entry = suite.entry("sampling.cuda")
                     .measures("logits and seeds in, one token a row out")
                     .work([](const Point& p) {
                       const std::int64_t rows = shares_row(p) ? 1 : p["rows"];
                       return Work{.bytes_read = {rows * values::row_bytes(type_at(p), p["vocab"])},
                                   .bytes_written = {4 * p["rows"]},
                                   .items = p["rows"],
                                   .item_name = "token"};
                     })
                     .tolerance({.eps_out = 0, .eps_acc = 0})
                     .reference(expected);
  entry.buffers = [](const Point& p) {
    return std::vector<BufferSpec>{
        {"logits", Role::kIn, type_at(p), shares_row(p) ? 1 : p["rows"], p["vocab"], {}, fill_logits},
        {"seeds", Role::kIn, DType::kU64, 1, p["rows"], Fill::kUniform, {}},
        {"tokens", Role::kOut, DType::kI32, 1, p["rows"], {}, {}},
    };
  };
  for (const char* type : {"f32", "bf16"}) {
    for (const std::int64_t vocab : {49'152, 50'257, 151'936})
      entry.points.push_back(point(type, "k50", "normal", 1, vocab));
    for (const char* filter : {"greatest", "all", "k50_p90"})
      entry.points.push_back(point(type, filter, "normal", 1, 50'257));
    if (std::string_view(type) == "f32") entry.points.push_back(point(type, "p90", "normal", 1, 50'257));
    for (const NamedFilter& one : kFilters) {
      for (const std::int64_t vocab : {1, 33, 255, 257, 1'025, 8'191, 20'001})
        entry.corners.push_back(point(type, one.name, "normal", 3, vocab));
      for (const char* values : {"ties", "specials", "infinite"})
        entry.corners.push_back(point(type, one.name, values, 2, 12'345));
    }
    for (const std::int64_t rows : {0, 1}) entry.corners.push_back(point(type, "k50", "normal", rows, 0));
  }
  // 2^16 draws from one row: with sampling_test.cc, which shows that the reference's draws have the right
  // distribution, the statistical test of the kernels.
  for (const char* filter : {"all", "k50", "k50_p90"})
    entry.corners.push_back(point("f32", filter, "one_row", 65'536, 101));
  add_cuda_variants(entry, sampling_cuda_variants(), launch);
}

}  // namespace assay::kernels
