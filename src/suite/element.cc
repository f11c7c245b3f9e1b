// SPDX-License-Identifier: Apache-2.0
#include "suite/element.h"

#include <cstdint>
#include <cstring>

#include "base/check.h"
#include "values/blocks.h"
#include "values/dtype.h"

namespace assay::suite {
namespace {

template <typename T>
T load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

}  // namespace

long double element(DType type, const std::byte* at) {
  switch (type) {
    case DType::kF32:
      return load<float>(at);
    case DType::kF64:
      return load<double>(at);
    case DType::kF16:
      return values::f16_to_f32(load<std::uint16_t>(at));
    case DType::kBF16:
      return values::bf16_to_f32(load<std::uint16_t>(at));
    case DType::kI8:
      return load<std::int8_t>(at);
    case DType::kI16:
      return load<std::int16_t>(at);
    case DType::kI32:
      return load<std::int32_t>(at);
    case DType::kI64:
      return static_cast<long double>(load<std::int64_t>(at));
    case DType::kU8:
    case DType::kBool:
      return load<std::uint8_t>(at);
    case DType::kU16:
      return load<std::uint16_t>(at);
    case DType::kU32:
      return load<std::uint32_t>(at);
    case DType::kU64:
      return static_cast<long double>(load<std::uint64_t>(at));
    default:
      ASSAY_CHECK(false, "{} is no plain type", values::info(type).name);
  }
}

}  // namespace assay::suite
