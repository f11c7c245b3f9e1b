// SPDX-License-Identifier: Apache-2.0
#include "values/tensor.h"

#include <fmt/format.h>

#include "base/check.h"

namespace assay::values {

Shape::Shape(std::initializer_list<std::int64_t> dims) : Shape(std::span(dims.begin(), dims.size())) {}

Shape::Shape(std::span<const std::int64_t> dims) : rank_(static_cast<int>(dims.size())) {
  ASSAY_CHECK(dims.size() <= kMaxRank, "{} dimensions, at most {} are possible", dims.size(), kMaxRank);
  for (std::size_t i = 0; i < dims.size(); ++i) {
    ASSAY_CHECK(dims[i] >= 0, "dimension {} is {}", i, dims[i]);
    dims_[i] = dims[i];
  }
}

std::int64_t Shape::elements() const {
  std::int64_t product = 1;
  for (const std::int64_t dim : dims()) {
    ASSAY_CHECK(!__builtin_mul_overflow(product, dim, &product), "the product of {} overflows", to_string());
  }
  return product;
}

std::string Shape::to_string() const {
  return rank_ == 0 ? "scalar" : fmt::format("{}", fmt::join(dims().begin(), dims().end(), "x"));
}

std::int64_t TensorView::rows() const {
  return shape.rank() == 0 ? 1 : Shape(shape.dims().first(shape.dims().size() - 1)).elements();
}

std::int64_t TensorView::row_elements() const { return shape.rank() == 0 ? 1 : shape[shape.rank() - 1]; }

std::span<const std::byte> TensorView::row(std::int64_t index) const {
  ASSAY_CHECK(index >= 0 && index < rows(), "row {} of {}", index, rows());
  const auto size = static_cast<std::size_t>(row_bytes(dtype, row_elements()));
  return bytes.subspan(static_cast<std::size_t>(index) * size, size);
}

Tensor::Tensor(DType dtype, Shape shape) : dtype_(dtype), shape_(shape) {
  const TensorView description{dtype, shape, {}};
  std::int64_t bytes = 0;
  ASSAY_CHECK(
      !__builtin_mul_overflow(description.rows(), row_bytes(dtype, description.row_elements()), &bytes),
      "a tensor of {} is too large", shape.to_string());
  size_ = static_cast<std::size_t>(bytes);
  storage_.resize((size_ + sizeof(Line) - 1) / sizeof(Line));
}

std::span<std::byte> Tensor::bytes() { return std::as_writable_bytes(std::span(storage_)).first(size_); }
std::span<const std::byte> Tensor::bytes() const { return std::as_bytes(std::span(storage_)).first(size_); }

}  // namespace assay::values
