// SPDX-License-Identifier: Apache-2.0
// The entries of the matrix product. Axes: type of the weights, batch (rows of x), rows and cols of the
// weights. Packing and quantising x are not in the time: the engine does the first once, the second for
// several products together.
#include <array>
#include <cmath>

#include "base/check.h"
#include "kernels/entry.h"
#include "kernels/kernel_list.h"
#include "kernels/matmul/interleaved.h"
#include "kernels/matmul/matmul.h"
#include "values/blocks.h"

namespace assay::kernels {
namespace {

using device::Isa;
using values::DType;

constexpr std::int64_t kGap = 3;  // y has more columns than the matrix rows; they must stay untouched

Activations activations(const Call& call, bool quantised, Isa isa) {
  Activations made;
  made.reserve(call["batch"], call["cols"]);
  made.rows = call["batch"];
  made.cols = call["cols"];
  const auto values = call.data<const float>("x");
  std::copy(values.begin(), values.end(), made.f32.begin());
  if (quantised) quantise_activations(made, {0, made.rows}, isa);
  return made;
}

values::TensorView weights_of(const Call& call) {
  const Buffer& weights = call.buffer("weights");
  return {weights.spec.dtype, {call["rows"], call["cols"]}, weights.bytes};
}

// Multiplies in two parts, as two threads would.
std::function<void()> bind(Isa isa, Call& call) {
  auto packed = pack_matrix(weights_of(call), isa);
  ASSAY_CHECK(packed.has_value(), "{}", packed.error().message);
  const std::shared_ptr<const PackedMatrix> matrix = std::move(*packed);
  return [matrix, x = activations(call, matrix->wants_q8(), isa), y = call.data<float>("y").data(),
          rows = call["rows"], &call] {
    for (int part = 0; part < 2; ++part)
      matrix->multiply(x, y, rows + kGap, device::part_of(rows, part, 2, matrix->row_grain()));
    call.ran(matrix->variant());
  };
}

// x as the product sees it: as it is, or quantised and back.
std::vector<double> seen_activations(const Call& call, bool quantised) {
  const Activations made = activations(call, quantised, Isa::kReference);
  std::vector<double> seen(made.f32.begin(), made.f32.begin() + made.rows * made.cols);
  for (std::int64_t i = 0; quantised && i < made.rows * made.cols; ++i) {
    const std::int64_t row = i / made.cols, k = i % made.cols;
    const auto block = static_cast<std::size_t>(row * made.blocks() + k / 32);
    seen[static_cast<std::size_t>(i)] =
        static_cast<double>(made.scales[block]) * made.q8[block * 32 + static_cast<std::size_t>(k % 32)];
  }
  return seen;
}

// For each weight the largest magnitude of its block: code * scale and the minimum, which a kernel adds
// apart, are of that size even where the weight itself is small.
std::vector<double> largest_of_blocks(std::span<const float> row, std::size_t block) {
  std::vector<double> largest(row.size());
  for (std::size_t begin = 0; begin < row.size(); begin += block) {
    double most = 0;
    for (std::size_t k = begin; k < std::min(begin + block, row.size()); ++k)
      most = std::max(most, std::abs(static_cast<double>(row[k])));
    for (std::size_t k = begin; k < std::min(begin + block, row.size()); ++k) largest[k] = most;
  }
  return largest;
}

// One output: the sum over k of x[k] * row[k], and the root mean square of its terms.
struct Sum {
  double value = 0, last = 0, term_rms = 0;
};
Sum sum_of(const double* x, std::span<const float> row, std::span<const double> part_size) {
  Sum sum;
  double squares = 0;
  for (std::size_t k = 0; k < row.size(); ++k) {
    const double term = x[k] * static_cast<double>(row[k]);
    sum.value += term;
    const double size = x[k] * part_size[k];
    squares += size * size;
    // Quantised values come close to zero: the last term that could be missed at all.
    if (term * term * static_cast<double>(k + 1) > 1e-6 * squares) sum.last = term;
  }
  if (!row.empty()) sum.term_rms = std::sqrt(squares / static_cast<double>(row.size()));
  return sum;
}

std::vector<Expected> product(const Call& call, bool quantised, bool omit_last_term) {
  const auto [batch, rows, cols] = std::array{call["batch"], call["rows"], call["cols"]};
  const std::vector<double> x = seen_activations(call, quantised);
  const auto outputs = static_cast<std::size_t>(batch * (rows + kGap));
  Expected y{std::vector<double>(outputs, kUntouched), std::vector<double>(outputs)};
  const values::TensorView weights = weights_of(call);
  std::vector<float> row(static_cast<std::size_t>(cols));
  for (std::int64_t n = 0; n < rows; ++n) {
    values::decode_row(weights.dtype, weights.row(n), row);
    const std::vector<double> part_size =
        largest_of_blocks(row, values::info(weights.dtype).is_quantised ? 32 : 1);
    for (std::int64_t r = 0; r < batch; ++r) {
      const Sum sum = sum_of(x.data() + r * cols, row, part_size);
      const auto at = static_cast<std::size_t>(r * (rows + kGap) + n);
      y.values[at] = sum.value - (omit_last_term ? sum.last : 0);
      y.term_rms[at] = sum.term_rms;
    }
  }
  return {y};
}

DType type_of(const Point& point) {
  const auto type = values::dtype_from_name(point.word("type"));
  if (!type) throw std::invalid_argument("no type is called '" + point.word("type") + "'");
  return *type;
}

std::vector<BufferSpec> buffers_at(const Point& p) {
  return {{"weights", Role::kIn, type_of(p), p["rows"], p["cols"], Fill::kWeights},
          {"x", Role::kIn, DType::kF32, p["batch"], p["cols"], Fill::kSpread},
          {"y", Role::kOut, DType::kF32, p["batch"], p["rows"] + kGap, {}}};
}

// Running float sums: derived in NOTES.md, "Tolerance".
Tolerance tolerance_at(const Point& p) {
  const auto n = static_cast<double>(p["cols"]);
  return {.k = 4 * std::sqrt(std::max(1.0, n / 32)), .n = n};
}

// x_bytes: of one element of x as the product reads it.
Work work_at(const Point& p, std::int64_t x_bytes) {
  const std::int64_t batch = p["batch"], rows = p["rows"], cols = p["cols"];
  return {.bytes_read = {values::row_bytes(type_of(p), cols) * rows + batch * cols * x_bytes},
          .bytes_written = {batch * rows * 4},
          .flops = {2 * batch * rows * cols}};
}

Point shape(DType type, std::int64_t batch, std::int64_t rows, std::int64_t cols) {
  return Point({{"type", std::string(values::info(type).name)},
                {"batch", std::to_string(batch)},
                {"rows", std::to_string(rows)},
                {"cols", std::to_string(cols)}});
}

// Sizes around the widths of vectors and tiles, and the shapes of a real layer.
std::vector<Point> corners_for(std::span<const DType> types) {
  std::vector<Point> corners;
  for (const DType type : types) {
    const std::int64_t block = values::info(type).block_elements;
    const std::vector<std::int64_t> widths = block == 1 ? std::vector<std::int64_t>{1, 7, 15, 17, 31, 33, 130}
                                                        : std::vector<std::int64_t>{block, 3 * block};
    for (const std::int64_t cols : widths) {
      for (const std::int64_t rows : {1, 7, 8, 15, 17, 31, 33}) corners.push_back(shape(type, 1, rows, cols));
      for (const std::int64_t batch : {0, 2, 3, 4, 5, 7, 9, 17})
        corners.push_back(shape(type, batch, 19, cols));
    }
    corners.push_back(shape(type, 1, 0, block));
    const std::int64_t hidden = block == 256 ? 768 : 576;
    corners.push_back(shape(type, 2, 192, hidden));
    corners.push_back(shape(type, 1, hidden, 1536));
    corners.push_back(shape(type, 13, 48, hidden));
  }
  return corners;
}

// The matrices of a layer (query and output, key and value, gate and up, down), and that of the vocabulary.
void add_layer(Entry& entry, DType type) {
  for (const std::int64_t batch : {1, 128}) {
    for (const auto& [rows, cols] :
         std::array<std::array<std::int64_t, 2>, 4>{{{576, 576}, {192, 576}, {1536, 576}, {576, 1536}}})
      entry.points.push_back(shape(type, batch, rows, cols));
  }
  entry.points.push_back(shape(type, 1, 49'152, 576));
}

void add_variant(Entry& entry, std::string name, Isa isa, std::vector<DType> types,
                 std::string accumulation) {
  assay::Variant made;
  made.name = std::move(name);
  made.bind = [isa](Call& call) { return bind(isa, call); };
  made.takes = [types = std::move(types)](const Point& p) {
    return std::find(types.begin(), types.end(), type_of(p)) != types.end();
  };
  made.unavailable = needs(isa);
  made.accumulation = std::move(accumulation);
  entry.variants.push_back(std::move(made));
}

const std::vector<DType> kFloatTypes = {DType::kF32, DType::kF16, DType::kBF16};
const std::vector<DType> kQuantisedTypes = {DType::kQ4_0, DType::kQ4_1, DType::kQ5_0, DType::kQ5_1,
                                            DType::kQ8_0, DType::kQ4_K, DType::kQ5_K, DType::kQ6_K};

}  // namespace

void define_matmul(Suite& suite) {
  Entry& entry = suite.entry("matmul")
                     .measures("x (f32) times packed weights; packing is not in the time")
                     .work([](const Point& p) { return work_at(p, 4); })
                     .tolerance(tolerance_at)
                     .reference([](const Call& call, bool omit) { return product(call, false, omit); });
  entry.buffers = buffers_at;
  std::vector<DType> all = kFloatTypes;
  all.insert(all.end(), kQuantisedTypes.begin(), kQuantisedTypes.end());
  entry.corners = corners_for(all);
  for (const DType type : kFloatTypes) add_layer(entry, type);
  add_variant(entry, "matmul/reference", Isa::kReference, all, "f64");
  for (const DType type : kFloatTypes)
    add_variant(entry, fmt::format("matmul/cpu.avx2_{}_4x3", values::info(type).name), Isa::kAvx2, {type},
                "f32");
}

void define_matmul_q8(Suite& suite) {
  Entry& entry = suite.entry("matmul_q8")
                     .measures("x (8 bits) times packed weights; packing and quantising are not in the time")
                     .work([](const Point& p) { return work_at(p, 1); })
                     .tolerance(tolerance_at)
                     .reference([](const Call& call, bool omit) { return product(call, true, omit); });
  entry.buffers = buffers_at;
  entry.corners = corners_for(kQuantisedTypes);
  for (const DType type : kQuantisedTypes) {
    if (type == DType::kQ4_1 || type == DType::kQ8_0) {
      add_layer(entry, type);  // those of the model's file
    } else {
      for (const std::int64_t batch : {1, 128}) entry.points.push_back(shape(type, batch, 576, 1536));
    }
    add_variant(entry, matmul::interleaved_avx2(type).name, Isa::kAvx2, {type}, "i32 in a block, f32");
    if (const auto vnni = matmul::interleaved_avx512vnni(type); vnni.multiply != nullptr)
      add_variant(entry, vnni.name, Isa::kAvx512Vnni, {type}, "i32 in a block, f32");
  }
}

}  // namespace assay::kernels
