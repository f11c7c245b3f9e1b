// SPDX-License-Identifier: Apache-2.0
#pragma once
// Private to safetensors*.cc: the JSON header as words and numbers, before anything in it is believed.
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "values/formats/safetensors.h"

namespace assay::values {

struct SafetensorsEntry {
  std::string name;
  std::string dtype;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0;  // from the start of the data
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // in the order of the header
  std::map<std::string, std::string> metadata;
};

inline constexpr char kSafetensorsTypes[] =
    "one of F64, F32, F16, BF16, I8, I16, I32, I64, U8, U16, U32, U64, BOOL";

[[nodiscard]] std::optional<DType> dtype_from_safetensors(std::string_view name);

// Errors: kCorrupt for anything but an object of tensor descriptions, names that stand twice included.
[[nodiscard]] Result<SafetensorsHeader> parse_safetensors_header(std::span<const std::byte> json);

// Errors: see safetensors_to_bytes.
[[nodiscard]] Result<std::string> format_safetensors_header(
    std::span<const NamedView> tensors, const std::map<std::string, std::string>& metadata);

}  // namespace assay::values
