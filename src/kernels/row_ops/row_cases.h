// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the cases of the kernels on rows share: points with an element type, inputs whose last element counts,
// elements as numbers, and which rows of a large output a reference computes.
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

#include "assay/assay.h"
#include "kernels/cuda_entry.h"

namespace assay::kernels {

// The types of rows, in the order in which cases name them.
inline constexpr DType kRowTypes[] = {DType::kF32, DType::kF16, DType::kBF16};

// {"type", "bf16"} before the numbers.
[[nodiscard]] Point typed_point(DType type,
                                std::initializer_list<std::pair<const char*, std::int64_t>> values);
// Throws std::invalid_argument if the axis `type` names no type.
[[nodiscard]] DType type_at(const Point& point);
[[nodiscard]] std::int64_t element_bytes(DType type);

// Unit roundoff of the type: half of the distance of neighbours over the lower one, at most.
[[nodiscard]] double roundoff(DType type);
// Half of the distance of its subnormal neighbours; 0 where that is too small to meet in a case (8 bits of
// exponent).
[[nodiscard]] double least_roundoff(DType type);

// Elements [begin, begin + count) of a plain buffer.
[[nodiscard]] std::vector<double> elements(const Buffer& buffer, std::int64_t begin, std::int64_t count);

// Normal values, but the last of each row is last(width). A sum that misses its last term is then
// off by more than a narrow result type hides: among thousands of equal terms one would not be seen.
[[nodiscard]] Filler heavy_last(DType type, std::int64_t width, double (*last)(double width));

// All rows if they have 65,536 elements at most together; else the first, the last and some between, as many
// as make up so many elements, but four at least.
[[nodiscard]] std::vector<std::int64_t> checked_rows(std::int64_t rows, std::int64_t width);

// One output of such rows, row after row; names them if they are not all.
class RowsExpected {
 public:
  RowsExpected(std::int64_t rows, std::int64_t width)
      : width_(width), is_partial_(static_cast<std::int64_t>(checked_rows(rows, width).size()) < rows) {}
  // The next of checked_rows(), element after element.
  void add(std::int64_t row, std::int64_t column, double value, double term_rms);
  [[nodiscard]] Expected take() { return std::move(expected_); }

 private:
  std::int64_t width_;
  bool is_partial_;
  Expected expected_;
};

// One output of `count` elements; value_at(i) gives the value of element i and the size of its terms. Without
// its last term: without its last element.
template <typename ValueAt>
std::vector<Expected> elementwise_expected(std::int64_t count, bool omit_last_term, ValueAt value_at) {
  Expected y;
  y.at = checked_elements(count);
  const std::int64_t checked = y.at.empty() ? count : static_cast<std::int64_t>(y.at.size());
  for (std::int64_t k = 0; k < checked; ++k) {
    const auto [value, term_rms] = value_at(y.at.empty() ? k : y.at[static_cast<std::size_t>(k)]);
    y.values.push_back(value);
    y.term_rms.push_back(term_rms);
  }
  if (omit_last_term && !y.values.empty()) y.values.back() = kUntouched;
  return {y};
}

}  // namespace assay::kernels
