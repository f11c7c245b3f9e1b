// SPDX-License-Identifier: Apache-2.0
// The entry of embedding on a CUDA device: random ids into tables of GPT-2's and Qwen3's size.
#include <cmath>
#include <cstring>

#include "base/random.h"
#include "kernels/cuda_entry.h"
#include "kernels/embedding/embedding_cuda.h"
#include "kernels/kernel_list.h"
#include "kernels/row_ops/row_cases.h"

namespace assay::kernels {
namespace {

constexpr std::int64_t kFew = 64;  // so many tokens have some that no table knows

// Ids of the table, each as likely. Of few tokens every eighth is outside, on both sides in turn.
void fill_ids(std::span<std::byte> bytes, const Point& point, std::uint64_t seed) {
  Random random(seed);
  const std::size_t count = bytes.size() / sizeof(std::int32_t);
  for (std::size_t i = 0; i < count; ++i) {
    auto id = static_cast<std::int32_t>(random.uniform() * static_cast<double>(point["vocab"]));
    if (count <= kFew && i % 16 == 5) id = -1;
    if (count <= kFew && i % 16 == 13) id = static_cast<std::int32_t>(point["vocab"]);
    std::memcpy(bytes.data() + i * sizeof id, &id, sizeof id);
  }
}

// No sums: one term less leaves out the last element of the last row that is checked.
std::vector<Expected> expected(const Call& call, bool omit_last_term) {
  const std::int64_t tokens = call["tokens"], width = call["width"];
  const std::span<const std::int32_t> ids = call.data<std::int32_t>("ids");
  RowsExpected y(tokens, width);
  for (const std::int64_t token : checked_rows(tokens, width)) {
    const std::int64_t id = ids[static_cast<std::size_t>(token)];
    const bool is_known = id >= 0 && id < call["vocab"];
    const std::vector<double> row = is_known ? elements(call.buffer("table"), id * width, width)
                                             : std::vector<double>(static_cast<std::size_t>(width));
    for (std::int64_t i = 0; i < width; ++i) y.add(token, i, row[static_cast<std::size_t>(i)], 0);
  }
  Expected all = y.take();
  if (omit_last_term && !all.values.empty()) all.values.back() = kUntouched;
  return {std::move(all)};
}

std::function<CudaStatus()> bind(EmbeddingCuda run, Call& call) {
  const EmbeddingRows job{.type = type_at(call.point()),
                          .table = call.buffer("table").bytes.data(),
                          .ids = call.data<std::int32_t>("ids").data(),
                          .y = call.buffer("y").bytes.data(),
                          .vocab = call["vocab"],
                          .tokens = call["tokens"],
                          .width = call["width"]};
  return [=, stream = stream_of(call)] { return run(job, stream); };
}

std::vector<BufferSpec> buffers(const Point& p) {
  const DType type = type_at(p);
  return {{"table", Role::kIn, type, p["vocab"], p["width"]},
          {"ids", Role::kIn, DType::kI32, 1, p["tokens"], {}, fill_ids},
          {"y", Role::kOut, type, p["tokens"], p["width"]}};
}

// Of `vocab` rows that are drawn `tokens` times, so many are drawn at least once on average.
double distinct_rows(double vocab, double tokens) {
  return vocab > 0 ? vocab * -std::expm1(tokens * std::log1p(-1 / vocab)) : 0;
}

Work work(const Point& p) {
  const std::int64_t row = element_bytes(type_at(p)) * p["width"], tokens = p["tokens"];
  const auto distinct =
      static_cast<std::int64_t>(distinct_rows(static_cast<double>(p["vocab"]), static_cast<double>(tokens)));
  return {.bytes_read = {distinct * row + 4 * tokens}, .bytes_written = {tokens * row}, .flops = {}};
}

Point shape(DType type, std::int64_t vocab, std::int64_t tokens, std::int64_t width) {
  return typed_point(type, {{"vocab", vocab}, {"tokens", tokens}, {"width", width}});
}

}  // namespace

void define_embedding_cuda(Suite& suite) {
  Entry& entry = suite.entry("embedding.cuda")
                     .measures("ids in, rows of the table out")
                     .work(work)
                     .tolerance({.eps_out = 0, .eps_acc = 0})  // copied bit for bit
                     .reference(expected);
  entry.buffers = buffers;
  for (const std::int64_t tokens : {1, 960, 65'536, 262'144})
    entry.points.push_back(shape(DType::kBF16, 50'257, tokens, 768));
  for (const std::int64_t tokens : {8192, 131'072})
    entry.points.push_back(shape(DType::kBF16, 151'936, tokens, 1024));
  entry.points.push_back(shape(DType::kF32, 50'257, 65'536, 768));
  for (const DType type : kRowTypes) {
    for (const std::int64_t width : {0, 1, 3, 7, 8, 9, 31, 32, 33, 64, 255, 256, 1000, 1025, 9000})
      entry.corners.push_back(shape(type, 37, 19, width));
    entry.corners.push_back(shape(type, 37, 0, 64));
    entry.corners.push_back(shape(type, 1, 1, 64));
    entry.corners.push_back(shape(type, 101, 301, 72));
  }
  add_cuda_variants(entry, embedding_cuda_variants(), bind);
}

}  // namespace assay::kernels
