// SPDX-License-Identifier: Apache-2.0
#pragma once
// A tensor's description and bytes. Dimensions are in row-major order: the last one is innermost
// (contiguous), so that a weight matrix of GGUF's ne = {in, out} is a tensor of shape {out, in} here.
// Not supported: strides, more than 4 dimensions, big-endian data.
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "values/dtype.h"

namespace assay::values {

inline constexpr int kMaxRank = 4;

class Shape {
 public:
  Shape() = default;  // a scalar: rank 0, one element
  // Requires at most kMaxRank dimensions, none negative.
  Shape(std::initializer_list<std::int64_t> dims);
  explicit Shape(std::span<const std::int64_t> dims);

  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] std::int64_t operator[](int i) const { return dims_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] std::span<const std::int64_t> dims() const {
    return {dims_.data(), static_cast<std::size_t>(rank_)};
  }
  // Product of the dimensions; 1 for a scalar. Requires that it fits (readers check before they build a
  // Shape).
  [[nodiscard]] std::int64_t elements() const;
  // "64x576", or "scalar".
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  std::array<std::int64_t, kMaxRank> dims_{};
  int rank_ = 0;
};

// Somebody else's bytes with their type and shape; valid as long as the owner (a MappedFile, a Tensor) lives.
struct TensorView {
  DType dtype = DType::kF32;
  Shape shape;
  std::span<const std::byte> bytes;

  // Rows = all dimensions but the last; a row = the last dimension.
  [[nodiscard]] std::int64_t rows() const;
  [[nodiscard]] std::int64_t row_elements() const;
  [[nodiscard]] std::span<const std::byte> row(std::int64_t index) const;
};

// A tensor that owns its bytes, aligned to 64.
class Tensor {
 public:
  Tensor() = default;
  // All bytes zero. Requires the size to fit in 64 bits and the last dimension to be whole blocks.
  Tensor(DType dtype, Shape shape);
  [[nodiscard]] DType dtype() const { return dtype_; }
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] std::span<std::byte> bytes();
  [[nodiscard]] std::span<const std::byte> bytes() const;
  [[nodiscard]] TensorView view() const { return {dtype_, shape_, bytes()}; }
  // The content as T; requires sizeof(T) to be the type's element size.
  template <typename T>
  [[nodiscard]] std::span<T> as() {
    return {reinterpret_cast<T*>(bytes().data()), bytes().size() / sizeof(T)};
  }

 private:
  struct alignas(64) Line {
    std::byte data[64];
  };
  DType dtype_ = DType::kF32;
  Shape shape_;
  std::vector<Line> storage_;
  std::size_t size_ = 0;
};

}  // namespace assay::values
