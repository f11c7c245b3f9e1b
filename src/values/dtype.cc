// SPDX-License-Identifier: Apache-2.0
#include "values/dtype.h"

#include <array>

#include "base/check.h"

namespace assay::values {
namespace {

// In the order of the enumeration.
constexpr std::array<DTypeInfo, kDTypeCount> kInfo{{
    {"f32", 1, 4, false},     {"f64", 1, 8, false},   {"f16", 1, 2, false},     {"bf16", 1, 2, false},
    {"i8", 1, 1, false},      {"i16", 1, 2, false},   {"i32", 1, 4, false},     {"i64", 1, 8, false},
    {"u8", 1, 1, false},      {"u16", 1, 2, false},   {"u32", 1, 4, false},     {"u64", 1, 8, false},
    {"bool", 1, 1, false},    {"q4_0", 32, 18, true}, {"q4_1", 32, 20, true},   {"q5_0", 32, 22, true},
    {"q5_1", 32, 24, true},   {"q8_0", 32, 34, true}, {"q4_k", 256, 144, true}, {"q5_k", 256, 176, true},
    {"q6_k", 256, 210, true},
}};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

}  // namespace

const DTypeInfo& info(DType type) {
  const auto index = static_cast<std::size_t>(type);
  ASSAY_CHECK(index < kInfo.size(), "no type has the number {}", index);
  return kInfo[index];
}

std::optional<DType> dtype_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kInfo.size(); ++i) {
    if (equal_ignoring_case(kInfo[i].name, name)) return static_cast<DType>(i);
  }
  return std::nullopt;
}

std::int64_t row_bytes(DType type, std::int64_t elements) {
  const auto bytes = checked_row_bytes(type, elements);
  ASSAY_CHECK(bytes.has_value(), "{} elements are not a row of {}", elements, info(type).name);
  return *bytes;
}

std::optional<std::int64_t> checked_row_bytes(DType type, std::int64_t elements) {
  const DTypeInfo& t = info(type);
  std::int64_t bytes = 0;
  if (elements < 0 || elements % t.block_elements != 0) return std::nullopt;
  if (__builtin_mul_overflow(elements / t.block_elements, t.block_bytes, &bytes)) return std::nullopt;
  return bytes;
}

}  // namespace assay::values
