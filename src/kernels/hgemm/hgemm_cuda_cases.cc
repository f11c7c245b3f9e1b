// SPDX-License-Identifier: Apache-2.0
// The entry of the half-precision matrix product on a CUDA device. Axes: type, layout, accumulate (the type
// of the sums), epilogue (plain: alpha 1, beta 0, and C is empty; scaled: 0.75 and -0.5), m, n, k.
#include <algorithm>
#include <array>
#include <cmath>

#include "base/random.h"
#include "device/cuda/cublaslt.h"
#include "kernels/cuda_entry.h"
#include "kernels/entry.h"
#include "kernels/hgemm/hgemm.h"
#include "kernels/kernel_list.h"
#include "suite/fill.h"
#include "values/blocks.h"
#include "values/dtype.h"

namespace assay::kernels {
namespace {

struct Shape {
  std::int64_t m, n, k;
};

DType type_of(const Point& p) { return p.word("type") == "f16" ? DType::kF16 : DType::kBF16; }
bool is_scaled(const Point& p) { return p.word("epilogue") == "scaled"; }
bool accumulates_f16(const Point& p) { return p.word("accumulate") == "f16"; }
float alpha_of(const Point& p) { return is_scaled(p) ? 0.75f : 1.0f; }
float beta_of(const Point& p) { return is_scaled(p) ? -0.5f : 0.0f; }
HgemmLayout layout_of(const Point& p) {
  const std::string& word = p.word("layout");
  return word == "nn" ? HgemmLayout::kNN : word == "nt" ? HgemmLayout::kNT : HgemmLayout::kTN;
}

std::vector<BufferSpec> buffers_at(const Point& p) {
  const std::int64_t m = p["m"], n = p["n"], k = p["k"];
  const HgemmLayout layout = layout_of(p);
  const bool a_transposed = layout == HgemmLayout::kTN, b_transposed = layout == HgemmLayout::kNT;
  return {{"a", Role::kIn, type_of(p), a_transposed ? k : m, a_transposed ? m : k, Fill::kNormal},
          {"b", Role::kIn, type_of(p), b_transposed ? n : k, b_transposed ? k : n, Fill::kNormal},
          {"c", Role::kIn, type_of(p), is_scaled(p) ? m : 0, n, Fill::kNormal},
          {"d", Role::kOut, type_of(p), m, n, {}}};
}

// Up to `most` of the indices below `count`, rising: all, or both ends and some between them.
std::vector<std::int64_t> some_of(std::int64_t count, std::int64_t most) {
  std::vector<std::int64_t> picked;
  if (count <= most) {
    for (std::int64_t i = 0; i < count; ++i) picked.push_back(i);
    return picked;
  }
  for (std::int64_t i = 0; i < most / 8; ++i) {
    picked.push_back(i);
    picked.push_back(count - 1 - i);
  }
  Random random(static_cast<std::uint64_t>(count));
  while (static_cast<std::int64_t>(picked.size()) < most)
    picked.push_back(static_cast<std::int64_t>(random.uniform() * static_cast<double>(count)));
  std::sort(picked.begin(), picked.end());
  picked.erase(std::unique(picked.begin(), picked.end()), picked.end());
  return picked;
}

// Line `index` of a stored matrix, or its column, as doubles.
class Stored {
 public:
  Stored(const Call& call, const char* name)
      : bits_(call.data<const std::uint16_t>(name)),
        cols_(call.buffer(name).spec.cols),
        is_f16_(type_of(call.point()) == DType::kF16) {}
  [[nodiscard]] double at(std::int64_t row, std::int64_t col) const {
    const std::uint16_t bits = bits_[static_cast<std::size_t>(row * cols_ + col)];
    return static_cast<double>(is_f16_ ? values::f16_to_f32(bits) : values::bf16_to_f32(bits));
  }

 private:
  std::span<const std::uint16_t> bits_;
  std::int64_t cols_;
  bool is_f16_;
};

// [index in `lines`][k]: the lines of an operand that are needed, k after k. Reads along the stored rows.
std::vector<std::vector<double>> lines_of(const Stored& matrix, const std::vector<std::int64_t>& lines,
                                          std::int64_t k, bool has_k_down) {
  std::vector<std::vector<double>> picked(lines.size(), std::vector<double>(static_cast<std::size_t>(k)));
  if (has_k_down) {
    for (std::int64_t i = 0; i < k; ++i)
      for (std::size_t j = 0; j < lines.size(); ++j)
        picked[j][static_cast<std::size_t>(i)] = matrix.at(i, lines[j]);
  } else {
    for (std::size_t j = 0; j < lines.size(); ++j)
      for (std::int64_t i = 0; i < k; ++i) picked[j][static_cast<std::size_t>(i)] = matrix.at(lines[j], i);
  }
  return picked;
}

// Of a large output the places where some rows and some columns meet.
std::vector<Expected> expected(const Call& call, bool omit_last_term) {
  const Point& p = call.point();
  const std::int64_t m = call["m"], n = call["n"], k = call["k"];
  const std::int64_t most = m * n <= 65'536 ? 65'536 : k <= 4096 ? 128 : 64;
  const std::vector<std::int64_t> rows = some_of(m, most), cols = some_of(n, most);
  const auto a = lines_of(Stored(call, "a"), rows, k, layout_of(p) == HgemmLayout::kTN);
  const auto b = lines_of(Stored(call, "b"), cols, k, layout_of(p) != HgemmLayout::kNT);
  const auto c = Stored(call, "c");
  const auto alpha = static_cast<double>(alpha_of(p)), beta = static_cast<double>(beta_of(p));
  const auto terms = static_cast<std::size_t>(k), last = omit_last_term && k > 0 ? terms - 1 : terms;
  Expected d;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < cols.size(); ++j) {
      double sum = 0, squares = 0;
      for (std::size_t t = 0; t < terms; ++t) {
        const double term = a[i][t] * b[j][t];
        if (t < last) sum += term;
        squares += term * term;
      }
      d.values.push_back(alpha * sum + (beta != 0 ? beta * c.at(rows[i], cols[j]) : 0));
      d.term_rms.push_back(terms == 0 ? 0
                                      : std::abs(alpha) * std::sqrt(squares / static_cast<double>(terms)));
      d.at.push_back(rows[i] * n + cols[j]);
    }
  }
  if (static_cast<std::int64_t>(d.at.size()) == m * n) d.at.clear();
  return {d};
}

// Derived in NOTES.md, "Tolerance".
Tolerance tolerance_at(const Point& p) {
  const bool is_f16 = type_of(p) == DType::kF16;
  const auto n = static_cast<double>(p["k"]);
  Tolerance t{.eps_out = is_f16 ? 0x1p-11 : 0x1p-8, .n = n, .absolute = is_f16 ? 0x1p-25 : 0};
  if (accumulates_f16(p)) {
    t.eps_acc = 0x1p-11;
    t.k = 4 * std::sqrt(std::max(1.0, n / 8));
  } else {
    t.k = 4 * std::max(1.0, n / 16);
  }
  return t;
}

Work work_at(const Point& p) {
  const std::int64_t m = p["m"], n = p["n"], k = p["k"];
  return {.bytes_read = {2 * (m * k + k * n + (is_scaled(p) ? m * n : 0))},
          .bytes_written = {2 * m * n},
          .flops = {2 * m * n * k}};
}

std::function<CudaStatus()> launch(Hgemm plan, Call& call) {
  const Point& p = call.point();
  const auto scratch = cuda_scratch(kHgemmScratchBytes);
  const Buffer& d = call.buffer("d");
  const HgemmArgs args{.a = call.buffer("a").bytes.data(),
                       .b = call.buffer("b").bytes.data(),
                       .c = is_scaled(p) ? call.buffer("c").bytes.data() : nullptr,
                       .d = d.bytes.data(),
                       .m = call["m"],
                       .n = call["n"],
                       .k = call["k"],
                       .alpha = alpha_of(p),
                       .beta = beta_of(p),
                       .type = type_of(p) == DType::kF16 ? HalfType::kF16 : HalfType::kBF16,
                       .layout = layout_of(p),
                       .accumulate_f16 = accumulates_f16(p),
                       .scratch = scratch->data(),
                       .stream = stream_of(call)};
  HgemmWork work;
  require_launched(plan(args, work), "planning");
  // A plan that tried candidates has left a product behind: what the work leaves out must show.
  const auto poisoned = device::cuda::fill(d.bytes.data(), suite::poison_byte(d.spec.dtype),
                                           static_cast<std::int64_t>(d.bytes.size()), args.stream);
  if (!poisoned) throw std::runtime_error(poisoned.error().message);
  return [work = std::move(work), scratch, stream = args.stream] { return work(stream); };
}

Point point_at(const char* type, const char* layout, const char* accumulate, const char* epilogue,
               const Shape& s) {
  return Point({{"type", type},
                {"layout", layout},
                {"accumulate", accumulate},
                {"epilogue", epilogue},
                {"m", std::to_string(s.m)},
                {"n", std::to_string(s.n)},
                {"k", std::to_string(s.k)}});
}

constexpr std::array kTypes{"f16", "bf16"};
constexpr std::array kLayouts{"nn", "nt", "tn"};

std::vector<Point> points() {
  std::vector<Point> made;
  for (const char* type : kTypes) {
    for (const std::int64_t size : {512, 1024, 2048, 4096, 8192, 16384})
      made.push_back(point_at(type, "nn", "f32", "plain", {size, size, size}));
    for (const char* layout : {"nt", "tn"})
      made.push_back(point_at(type, layout, "f32", "plain", {4096, 4096, 4096}));
  }
  // A prompt of 128 tokens, a wide and a long product, and a size that no tile and no vector divides.
  for (const Shape& shape :
       {Shape{128, 4096, 4096}, {16384, 1024, 4096}, {1024, 1024, 16384}, {4097, 4097, 4097}})
    made.push_back(point_at("bf16", "nn", "f32", "plain", shape));
  for (const std::int64_t size : {1024, 2048, 4096, 8192})
    made.push_back(point_at("f16", "nn", "f16", "plain", {size, size, size}));
  return made;
}

std::vector<Point> corners() {
  std::vector<Point> made;
  for (const char* type : kTypes) {
    for (const char* layout : kLayouts) {
      // Empty, one, odd, a little more and less than tiles and vectors; multiples of 8 are for TMA.
      for (const Shape& shape : {Shape{0, 8, 8},
                                 {1, 1, 1},
                                 {8, 8, 0},
                                 {3, 5, 7},
                                 {17, 31, 33},
                                 {127, 129, 63},
                                 {8, 8, 8},
                                 {64, 128, 64},
                                 {72, 136, 40},
                                 {136, 264, 200},
                                 {1000, 8, 520},
                                 {8, 520, 328}})
        made.push_back(point_at(type, layout, "f32", "plain", shape));
      for (const Shape& shape : {Shape{17, 31, 33}, {8, 8, 0}, {200, 264, 136}})
        made.push_back(point_at(type, layout, "f32", "scaled", shape));
      // Rows that no vector divides, where TMA takes them: A not transposed.
      if (layout != kLayouts[2])
        for (const Shape& shape : {Shape{1, 264, 72}, {1, 8, 8}, {100, 8, 136}, {129, 72, 520}})
          made.push_back(point_at(type, layout, "f32", "plain", shape));
    }
  }
  // More tiles than an H200 has multiprocessors: persistent blocks take a second one.
  for (const char* layout : kLayouts)
    made.push_back(point_at("bf16", layout, "f32", "plain", {2056, 2312, 72}));
  // Two or three tiles for each pair of blocks, with more steps of k than a ring has stages; an odd number of
  // rows of tiles, and a last row of 1 and of 8. Then few tiles: k is split in two and in four.
  for (const Shape& shape : {Shape{2056, 4616, 328}, {520, 1288, 136}, {72, 3208, 328}, {200, 200, 584}}) {
    made.push_back(point_at("f16", "nn", "f32", "plain", shape));
    made.push_back(point_at("bf16", "tn", "f32", "plain", shape));
  }
  for (const Shape& shape : {Shape{2049, 4104, 328}, {385, 3208, 328}, {129, 520, 584}})
    made.push_back(point_at("f16", "nt", "f32", "plain", shape));
  made.push_back(point_at("f16", "nn", "f32", "scaled", {2049, 4104, 72}));
  // One wave of tiles of 64 x 128 in clusters of four, with stages that are used once and up to three times,
  // and a last cluster that is only partly inside.
  made.push_back(point_at("f16", "nn", "f32", "plain", {713, 1032, 840}));
  made.push_back(point_at("bf16", "tn", "f32", "plain", {648, 1032, 456}));
  made.push_back(point_at("bf16", "nt", "f32", "plain", {705, 1032, 1096}));
  made.push_back(point_at("f16", "nt", "f32", "scaled", {769, 904, 584}));
  for (const Shape& shape : {Shape{1, 1, 1}, {17, 31, 33}, {136, 264, 200}})
    made.push_back(point_at("f16", "nn", "f16", "plain", shape));
  made.push_back(point_at("f16", "nt", "f16", "scaled", {136, 264, 200}));
  return made;
}

}  // namespace

void define_hgemm_cuda(Suite& suite) {
  Entry& entry = suite.entry("hgemm.cuda")
                     .measures("d = alpha a b + beta c, matrices in device memory")
                     .work(work_at)
                     .tolerance(tolerance_at)
                     .reference(expected);
  entry.buffers = buffers_at;
  entry.points = points();
  entry.corners = corners();
  add_cuda_variants(entry, hgemm_cuda_variants(), launch);
  for (assay::Variant& variant : entry.variants) {
    if (variant.name.find("cublaslt") == std::string::npos) continue;
    variant.unavailable = [device = std::move(variant.unavailable)]() -> std::string {
      if (std::string reason = device(); !reason.empty()) return reason;
      const auto opened = device::cuda::open_cublaslt();
      return opened ? "" : opened.error().message;
    };
  }
}

}  // namespace assay::kernels
