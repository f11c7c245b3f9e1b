// SPDX-License-Identifier: Apache-2.0
// The cases of the matrix product. dims: batch (rows of x), rows and cols of the weights.
#include <array>
#include <cmath>

#include "base/check.h"
#include "kernels/kernel_list.h"
#include "kernels/matmul/interleaved.h"
#include "kernels/matmul/matmul.h"
#include "values/blocks.h"

namespace assay::kernels {
namespace {

using device::Isa;
using suite::KernelCase;
using values::DType;

constexpr std::int64_t kGap = 3;  // y has more columns than the matrix rows; they must stay untouched

Activations activations(const KernelCase& one_case, const suite::Buffer& x, bool quantised, Isa isa) {
  Activations made;
  made.reserve(one_case.dims[0], one_case.dims[2]);
  made.rows = one_case.dims[0];
  made.cols = one_case.dims[2];
  const auto values = x.as<const float>();
  std::copy(values.begin(), values.end(), made.f32.begin());
  if (quantised) quantise_activations(made, {0, made.rows}, isa);
  return made;
}

// Packs, then multiplies in two parts, as two threads would.
std::string run_matmul(Isa isa, const KernelCase& one_case, suite::Buffers buffers) {
  const auto [batch, rows, cols] = std::array{one_case.dims[0], one_case.dims[1], one_case.dims[2]};
  const auto matrix = pack_matrix({buffers[0].spec.dtype, {rows, cols}, buffers[0].bytes}, isa);
  ASSAY_CHECK(matrix.has_value(), "{}", matrix.error().message);
  const Activations x = activations(one_case, buffers[1], (*matrix)->wants_q8(), isa);
  for (int part = 0; part < 2; ++part)
    (*matrix)->multiply(x, buffers[2].as<float>().data(), rows + kGap,
                        device::part_of(rows, part, 2, (*matrix)->row_grain()));
  return std::string((*matrix)->variant());
}

// x as the product sees it: as it is, or quantised and back.
std::vector<double> seen_activations(const KernelCase& one_case, const suite::Buffer& x, bool quantised) {
  const Activations made = activations(one_case, x, quantised, Isa::kReference);
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

std::vector<suite::Expected> product(const KernelCase& one_case, suite::Buffers buffers, bool quantised,
                                     bool omit_last_term) {
  const auto [batch, rows, cols] = std::array{one_case.dims[0], one_case.dims[1], one_case.dims[2]};
  const std::vector<double> x = seen_activations(one_case, buffers[1], quantised);
  const auto outputs = static_cast<std::size_t>(batch * (rows + kGap));
  suite::Expected y{std::vector<double>(outputs, suite::kUntouched), std::vector<double>(outputs)};
  const values::TensorView weights{buffers[0].spec.dtype, {rows, cols}, buffers[0].bytes};
  std::vector<float> row(static_cast<std::size_t>(cols));
  for (std::int64_t n = 0; n < rows; ++n) {
    values::decode_row(weights.dtype, weights.row(n), row);
    const std::vector<double> part_size =
        largest_of_blocks(row, values::info(weights.dtype).is_quantised ? 32 : 1);
    for (std::int64_t r = 0; r < batch; ++r) {
      double sum = 0, squares = 0, last = 0;
      for (std::int64_t k = 0; k < cols; ++k) {
        const double term =
            x[static_cast<std::size_t>(r * cols + k)] * static_cast<double>(row[static_cast<std::size_t>(k)]);
        sum += term;
        squares +=
            std::pow(x[static_cast<std::size_t>(r * cols + k)] * part_size[static_cast<std::size_t>(k)], 2);
        // Quantised values come close to zero: the last term that could be missed at all.
        if (std::abs(term) > 1e-3 * std::sqrt(squares / static_cast<double>(k + 1))) last = term;
      }
      if (omit_last_term) sum -= last;
      const auto at = static_cast<std::size_t>(r * (rows + kGap) + n);
      y.values[at] = sum;
      y.term_rms[at] = cols == 0 ? 0 : std::sqrt(squares / static_cast<double>(cols));
    }
  }
  return {y};
}

KernelCase make_case(DType type, std::int64_t batch, std::int64_t rows, std::int64_t cols) {
  KernelCase made;
  made.name = fmt::format("{} batch={} rows={} cols={}", values::info(type).name, batch, rows, cols);
  made.dims = {batch, rows, cols};
  made.buffers = {{"weights", suite::Role::kIn, type, rows, cols, suite::Fill::kWeights},
                  {"x", suite::Role::kIn, DType::kF32, batch, cols, suite::Fill::kSpread},
                  {"y", suite::Role::kOut, DType::kF32, batch, rows + kGap, {}}};
  made.tolerance.n = static_cast<double>(cols);
  // Running float sums: derived in NOTES.md, "Tolerance".
  made.tolerance.k = 4 * std::sqrt(std::max(1.0, made.tolerance.n / 32));
  made.work.bytes_read = {values::row_bytes(type, cols) * rows + batch * cols * 4};
  made.work.bytes_written = {batch * rows * 4};
  made.work.flops = {2 * batch * rows * cols};
  return made;
}

// Sizes around the widths of vectors and tiles, and the shapes of a real layer.
std::vector<KernelCase> cases_for(std::span<const DType> types) {
  std::vector<KernelCase> cases;
  for (const DType type : types) {
    const std::int64_t block = values::info(type).block_elements;
    const std::vector<std::int64_t> widths = block == 1 ? std::vector<std::int64_t>{1, 7, 15, 17, 31, 33, 130}
                                                        : std::vector<std::int64_t>{block, 3 * block};
    for (const std::int64_t cols : widths) {
      for (const std::int64_t rows : {1, 7, 8, 15, 17, 31, 33})
        cases.push_back(make_case(type, 1, rows, cols));
      for (const std::int64_t batch : {0, 2, 3, 4, 5, 7, 9, 17})
        cases.push_back(make_case(type, batch, 19, cols));
    }
    cases.push_back(make_case(type, 1, 0, block));
    const std::int64_t hidden = block == 256 ? 768 : 576;
    cases.push_back(make_case(type, 2, 192, hidden));
    cases.push_back(make_case(type, 1, hidden, 1536));
    cases.push_back(make_case(type, 13, 48, hidden));
  }
  return cases;
}

suite::KernelVariant variant(std::string name, Isa isa, std::vector<DType> types) {
  return {std::move(name), isa,
          [isa](const KernelCase& one_case, suite::Buffers buffers) {
            return run_matmul(isa, one_case, buffers);
          },
          [types = std::move(types)](const KernelCase& one_case) {
            return std::find(types.begin(), types.end(), one_case.buffers[0].dtype) != types.end();
          }};
}

const std::vector<DType> kFloatTypes = {DType::kF32, DType::kF16, DType::kBF16};
const std::vector<DType> kQuantisedTypes = {DType::kQ4_0, DType::kQ4_1, DType::kQ5_0, DType::kQ5_1,
                                            DType::kQ8_0, DType::kQ4_K, DType::kQ5_K, DType::kQ6_K};

}  // namespace

suite::Kernel matmul_float_cases() {
  suite::Kernel kernel;
  kernel.name = "matmul";
  std::vector<DType> all = kFloatTypes;
  all.insert(all.end(), kQuantisedTypes.begin(), kQuantisedTypes.end());
  kernel.cases = cases_for(all);
  kernel.variants = {variant("matmul/reference", Isa::kReference, all)};
  for (const DType type : kFloatTypes)
    kernel.variants.push_back(
        variant(fmt::format("matmul/cpu.avx2_{}_4x3", values::info(type).name), Isa::kAvx2, {type}));
  kernel.reference = [](const KernelCase& one_case, suite::Buffers buffers, bool omit_last_term) {
    return product(one_case, buffers, false, omit_last_term);
  };
  return kernel;
}

suite::Kernel matmul_quantised_cases() {
  suite::Kernel kernel;
  kernel.name = "matmul_q8";
  kernel.cases = cases_for(kQuantisedTypes);
  for (const DType type : kQuantisedTypes) {
    kernel.variants.push_back(variant(matmul::interleaved_avx2(type).name, Isa::kAvx2, {type}));
    if (const auto vnni = matmul::interleaved_avx512vnni(type); vnni.multiply != nullptr)
      kernel.variants.push_back(variant(vnni.name, Isa::kAvx512Vnni, {type}));
  }
  kernel.reference = [](const KernelCase& one_case, suite::Buffers buffers, bool omit_last_term) {
    return product(one_case, buffers, true, omit_last_term);
  };
  return kernel;
}

}  // namespace assay::kernels
