// SPDX-License-Identifier: Apache-2.0
#pragma once
// Element types of tensors, plain and block-quantised. A block type stores `block_elements` values in
// `block_bytes` bytes; the blocks of a row lie one after another along the innermost dimension. Layouts are
// those of GGUF (values/block_layout.h gives each one's formula).
// Not supported: the i-quants, ternary and MX types of GGUF.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "assay/dtype.h"

namespace assay::values {

using assay::DType;
inline constexpr int kDTypeCount = 21;

struct DTypeInfo {
  std::string_view name;        // "f32", "q4_1", ...: lower case, as flags and reports write it
  std::int64_t block_elements;  // 1 for plain types, 32 or 256 for blocks
  std::int64_t block_bytes;
  bool is_quantised;
};

[[nodiscard]] const DTypeInfo& info(DType type);
// The type called `name`, ignoring case.
[[nodiscard]] std::optional<DType> dtype_from_name(std::string_view name);

// Bytes of `elements` values in a row. Requires elements to be a multiple of the block and the product to
// fit; readers of untrusted counts use checked_row_bytes instead.
[[nodiscard]] std::int64_t row_bytes(DType type, std::int64_t elements);
// The same, or nothing if `elements` is negative, not a multiple of the block, or the product overflows.
[[nodiscard]] std::optional<std::int64_t> checked_row_bytes(DType type, std::int64_t elements);

}  // namespace assay::values
