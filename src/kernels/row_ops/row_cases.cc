// SPDX-License-Identifier: Apache-2.0
#include "kernels/row_ops/row_cases.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "suite/element.h"
#include "suite/fill.h"
#include "values/blocks.h"
#include "values/dtype.h"

namespace assay::kernels {
namespace {

constexpr std::int64_t kCheckedElements = 65'536;

void put(DType type, double value, std::byte* to) {
  const auto narrow = static_cast<float>(value);
  values::encode_row(type, std::span(&narrow, 1), {to, static_cast<std::size_t>(element_bytes(type))});
}

}  // namespace

Point typed_point(DType type, std::initializer_list<std::pair<const char*, std::int64_t>> values) {
  std::vector<AxisValue> axes{{"type", std::string(values::info(type).name)}};
  for (const auto& [name, value] : values) axes.push_back({name, std::to_string(value)});
  return Point(std::move(axes));
}

DType type_at(const Point& point) {
  const auto type = values::dtype_from_name(point.word("type"));
  if (!type) throw std::invalid_argument("no type is called '" + point.word("type") + "'");
  return *type;
}

std::int64_t element_bytes(DType type) { return values::row_bytes(type, 1); }

double roundoff(DType type) {
  if (type == DType::kF16) return 0x1p-11;
  return type == DType::kBF16 ? 0x1p-8 : 0x1p-24;
}

double least_roundoff(DType type) { return type == DType::kF16 ? 0x1p-25 : 0; }

std::vector<double> elements(const Buffer& buffer, std::int64_t begin, std::int64_t count) {
  const std::int64_t size = element_bytes(buffer.spec.dtype);
  std::vector<double> values(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i)
    values[static_cast<std::size_t>(i)] =
        static_cast<double>(suite::element(buffer.spec.dtype, buffer.bytes.data() + (begin + i) * size));
  return values;
}

Filler heavy_last(DType type, std::int64_t width, double (*last)(double)) {
  return [=](std::span<std::byte> bytes, const Point& point, std::uint64_t seed) {
    const auto size = static_cast<std::size_t>(element_bytes(type));
    BufferSpec normal{
        .name = "normal", .dtype = type, .cols = static_cast<std::int64_t>(bytes.size() / size)};
    suite::fill(normal, point, seed, bytes);
    const std::size_t row = static_cast<std::size_t>(width) * size;
    if (row == 0) return;
    std::vector<std::byte> value(size);
    put(type, last(static_cast<double>(width)), value.data());
    for (std::size_t end = row; end <= bytes.size(); end += row)
      std::memcpy(bytes.data() + end - size, value.data(), size);
  };
}

std::vector<std::int64_t> checked_rows(std::int64_t rows, std::int64_t width) {
  std::vector<std::int64_t> chosen;
  const std::int64_t most = std::max<std::int64_t>(4, kCheckedElements / std::max<std::int64_t>(1, width));
  if (rows <= most || rows * width <= kCheckedElements) {
    for (std::int64_t row = 0; row < rows; ++row) chosen.push_back(row);
    return chosen;
  }
  for (std::int64_t i = 0; i < most; ++i) chosen.push_back(i * (rows - 1) / (most - 1));
  return chosen;
}

void RowsExpected::add(std::int64_t row, std::int64_t column, double value, double term_rms) {
  expected_.values.push_back(value);
  expected_.term_rms.push_back(term_rms);
  if (is_partial_) expected_.at.push_back(row * width_ + column);
}

}  // namespace assay::kernels
