// SPDX-License-Identifier: Apache-2.0
#include <type_traits>
#include <vector>

#include "values/formats/gguf_cursor.h"
#include "values/formats/gguf_layout.h"

namespace assay::values {
namespace {

using gguf::ValueType;

// Elements; one may take 8 times its size in the file.
constexpr std::uint64_t kLongestArray = 1u << 24;

template <typename T>
using Widened = std::conditional_t<std::is_floating_point_v<T>, double,
                                   std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>;

// Calls visit(T{}) with the C++ type of a number type, or other() for the rest.
template <typename Visit, typename Other>
Result<GgufValue> with_number_type(ValueType type, Visit visit, Other other) {
  switch (type) {
    case ValueType::kU8:
      return visit(std::uint8_t{});
    case ValueType::kI8:
      return visit(std::int8_t{});
    case ValueType::kU16:
      return visit(std::uint16_t{});
    case ValueType::kI16:
      return visit(std::int16_t{});
    case ValueType::kU32:
      return visit(std::uint32_t{});
    case ValueType::kI32:
      return visit(std::int32_t{});
    case ValueType::kU64:
      return visit(std::uint64_t{});
    case ValueType::kI64:
      return visit(std::int64_t{});
    case ValueType::kF32:
      return visit(float{});
    case ValueType::kF64:
      return visit(double{});
    default:
      return other();
  }
}

tl::unexpected<Error> unknown_type(const GgufCursor& cursor, ValueType type) {
  return fail(ErrorCode::kCorrupt, "gguf: {} has value type {}, expected 0 to 12", cursor.subject,
              static_cast<std::uint32_t>(type));
}

template <typename T, typename Read>
Result<GgufValue> read_elements(std::uint64_t count, Read read) {
  std::vector<T> elements;
  elements.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    ASSAY_TRY(auto element, read());
    elements.push_back(static_cast<T>(std::move(element)));
  }
  return GgufArray(std::move(elements));
}

Result<GgufValue> read_array(GgufCursor& cursor) {
  ASSAY_TRY(const auto type_number, cursor.number<std::uint32_t>());
  ASSAY_TRY(const auto count, cursor.number<std::uint64_t>());
  const auto type = static_cast<ValueType>(type_number);
  const auto check_count = [&](std::uint64_t smallest_element) -> Result<void> {
    if (count > cursor.left() / smallest_element) {
      return fail(ErrorCode::kCorrupt, "gguf: {} has {} elements of at least {} bytes, {} bytes are left",
                  cursor.subject, count, smallest_element, cursor.left());
    }
    if (count > kLongestArray) {
      return fail(ErrorCode::kUnsupported, "gguf: {} has {} elements, at most {} are read", cursor.subject,
                  count, kLongestArray);
    }
    return {};
  };
  const auto read_others = [&]() -> Result<GgufValue> {
    switch (type) {
      case ValueType::kBool:
        ASSAY_TRY_VOID(check_count(1));
        return read_elements<bool>(count, [&] { return cursor.boolean(); });
      case ValueType::kString:
        ASSAY_TRY_VOID(check_count(8));
        return read_elements<std::string>(count, [&] { return cursor.string(); });
      case ValueType::kArray:
        return fail(ErrorCode::kUnsupported, "gguf: {} is an array of arrays, only flat arrays are read",
                    cursor.subject);
      default:
        return unknown_type(cursor, type);
    }
  };
  return with_number_type(
      type,
      [&](auto zero) -> Result<GgufValue> {
        using T = decltype(zero);
        ASSAY_TRY_VOID(check_count(sizeof(T)));
        return read_elements<Widened<T>>(count, [&] { return cursor.number<T>(); });
      },
      read_others);
}

}  // namespace

Result<GgufValue> read_gguf_value(GgufCursor& cursor) {
  ASSAY_TRY(const auto type_number, cursor.number<std::uint32_t>());
  const auto type = static_cast<ValueType>(type_number);
  const auto read_others = [&]() -> Result<GgufValue> {
    switch (type) {
      case ValueType::kBool:
        return cursor.boolean();
      case ValueType::kString:
        return cursor.string();
      case ValueType::kArray:
        return read_array(cursor);
      default:
        return unknown_type(cursor, type);
    }
  };
  return with_number_type(
      type,
      [&](auto zero) -> Result<GgufValue> {
        using T = decltype(zero);
        ASSAY_TRY(const T value, cursor.number<T>());
        return static_cast<Widened<T>>(value);
      },
      read_others);
}

}  // namespace assay::values
