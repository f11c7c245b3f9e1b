// SPDX-License-Identifier: Apache-2.0
#include "values/generate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "base/random.h"
#include "values/blocks.h"

namespace assay::values {
namespace {

struct Draw {
  Random& random;
  double operator()(const Uniform& d) const { return d.low + (d.high - d.low) * random.uniform(); }
  double operator()(const Normal& d) const { return d.mean + d.deviation * random.normal(); }
  double operator()(const Constant& d) const { return d.value; }
};

template <typename T>
T convert(double value) {
  if constexpr (std::is_same_v<T, bool>) return value >= 0.5;
  if constexpr (std::is_floating_point_v<T>) return static_cast<T>(value);
  constexpr double kExact = 9007199254740992.0;  // 2^53
  const double low = std::max(static_cast<double>(std::numeric_limits<T>::min()), -kExact);
  const double high = std::min(static_cast<double>(std::numeric_limits<T>::max()), kExact);
  return static_cast<T>(std::clamp(std::nearbyint(value), low, high));
}

template <typename T>
void draw_row(std::span<T> row, const Distribution& distribution, Random random) {
  for (T& element : row) element = convert<T>(std::visit(Draw{random}, distribution));
}

template <typename T>
void fill_plain(Tensor& tensor, const Distribution& distribution, std::uint64_t seed) {
  const std::span<T> all = tensor.as<T>();
  const auto length = static_cast<std::size_t>(tensor.view().row_elements());
  for (std::size_t row = 0; row * length < all.size(); ++row) {
    draw_row(all.subspan(row * length, length), distribution, Random(seed, row));
  }
}

void fill_encoded(Tensor& tensor, const Distribution& distribution, std::uint64_t seed) {
  const TensorView view = tensor.view();
  std::vector<float> values(static_cast<std::size_t>(view.row_elements()));
  const auto size = static_cast<std::size_t>(row_bytes(tensor.dtype(), view.row_elements()));
  for (std::size_t row = 0; row < static_cast<std::size_t>(view.rows()); ++row) {
    draw_row(std::span(values), distribution, Random(seed, row));
    encode_row(tensor.dtype(), values, tensor.bytes().subspan(row * size, size));
  }
}

}  // namespace

void fill(std::span<float> values, const Distribution& distribution, std::uint64_t seed) {
  draw_row(values, distribution, Random(seed));
}

void fill(Tensor& tensor, const Distribution& distribution, std::uint64_t seed) {
  switch (tensor.dtype()) {
    case DType::kF64:
      return fill_plain<double>(tensor, distribution, seed);
    case DType::kI8:
      return fill_plain<std::int8_t>(tensor, distribution, seed);
    case DType::kI16:
      return fill_plain<std::int16_t>(tensor, distribution, seed);
    case DType::kI32:
      return fill_plain<std::int32_t>(tensor, distribution, seed);
    case DType::kI64:
      return fill_plain<std::int64_t>(tensor, distribution, seed);
    case DType::kU8:
      return fill_plain<std::uint8_t>(tensor, distribution, seed);
    case DType::kU16:
      return fill_plain<std::uint16_t>(tensor, distribution, seed);
    case DType::kU32:
      return fill_plain<std::uint32_t>(tensor, distribution, seed);
    case DType::kU64:
      return fill_plain<std::uint64_t>(tensor, distribution, seed);
    case DType::kBool:
      return fill_plain<bool>(tensor, distribution, seed);
    default:
      return fill_encoded(tensor, distribution, seed);
  }
}

}  // namespace assay::values
