// SPDX-License-Identifier: Apache-2.0
#include "values/formats/gguf.h"

#include <array>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace assay::values {
namespace {

constexpr std::array<std::pair<DType, std::uint32_t>, 16> kTypeNumbers{{
    {DType::kF32, 0},
    {DType::kF16, 1},
    {DType::kQ4_0, 2},
    {DType::kQ4_1, 3},
    {DType::kQ5_0, 6},
    {DType::kQ5_1, 7},
    {DType::kQ8_0, 8},
    {DType::kQ4_K, 12},
    {DType::kQ5_K, 13},
    {DType::kQ6_K, 14},
    {DType::kI8, 24},
    {DType::kI16, 25},
    {DType::kI32, 26},
    {DType::kI64, 27},
    {DType::kF64, 28},
    {DType::kBF16, 30},
}};

std::optional<std::int64_t> as_integer(const GgufValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* number = std::get_if<std::uint64_t>(&value)) {
    if (*number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return static_cast<std::int64_t>(*number);
    }
  }
  return std::nullopt;
}

// Copies an array, or gives false if an element is too large for T.
template <typename T, typename From>
bool copy_numbers(const std::vector<From>& from, std::vector<T>& to) {
  to.reserve(from.size());
  for (const From element : from) {
    if constexpr (std::is_integral_v<T> && std::is_unsigned_v<From>) {
      if (element > static_cast<From>(std::numeric_limits<T>::max())) return false;
    }
    to.push_back(static_cast<T>(element));
  }
  return true;
}

}  // namespace

std::optional<std::uint32_t> gguf_type_number(DType type) {
  for (const auto& [dtype, number] : kTypeNumbers) {
    if (dtype == type) return number;
  }
  return std::nullopt;
}

std::optional<DType> dtype_from_gguf(std::uint32_t number) {
  for (const auto& [dtype, known] : kTypeNumbers) {
    if (known == number) return dtype;
  }
  return std::nullopt;
}

Result<GgufFile> GgufFile::open(const std::filesystem::path& path) {
  ASSAY_TRY(MappedFile mapped, MappedFile::open(path));
  ASSAY_TRY(GgufFile file, parse(mapped.bytes(), path.string()));
  file.file_ = std::move(mapped);
  return file;
}

Result<const GgufValue*> GgufFile::find(std::string_view key, std::string_view expected) const {
  const auto found = metadata_.find(key);
  if (found == metadata_.end()) {
    return fail(ErrorCode::kNotFound, "{}: gguf: key '{}' is missing, expected {}; convert the model again",
                name_, printable(key), expected);
  }
  return &found->second;
}

tl::unexpected<Error> GgufFile::wrong_type(std::string_view key, std::string_view expected) const {
  return fail(ErrorCode::kCorrupt,
              "{}: gguf: key '{}' has another type or does not fit, expected {}; convert the model again",
              name_, printable(key), expected);
}

Result<std::int64_t> GgufFile::integer(std::string_view key) const {
  ASSAY_TRY(const GgufValue* value, find(key, "an integer"));
  if (const auto number = as_integer(*value)) return *number;
  return wrong_type(key, "an integer");
}

Result<double> GgufFile::number(std::string_view key) const {
  ASSAY_TRY(const GgufValue* value, find(key, "a number"));
  if (const auto* number = std::get_if<double>(value)) return *number;
  if (const auto number = as_integer(*value)) return static_cast<double>(*number);
  return wrong_type(key, "a number");
}

Result<bool> GgufFile::boolean(std::string_view key) const {
  ASSAY_TRY(const GgufValue* value, find(key, "true or false"));
  if (const auto* flag = std::get_if<bool>(value)) return *flag;
  return wrong_type(key, "true or false");
}

Result<std::string> GgufFile::string(std::string_view key) const {
  ASSAY_TRY(const GgufValue* value, find(key, "a string"));
  if (const auto* text = std::get_if<std::string>(value)) return *text;
  return wrong_type(key, "a string");
}

Result<std::span<const std::string>> GgufFile::strings(std::string_view key) const {
  constexpr std::string_view kExpected = "an array of strings";
  ASSAY_TRY(const GgufValue* value, find(key, kExpected));
  if (const auto* array = std::get_if<GgufArray>(value)) {
    if (const auto* texts = std::get_if<std::vector<std::string>>(array))
      return std::span<const std::string>(*texts);
  }
  return wrong_type(key, kExpected);
}

Result<std::vector<std::int64_t>> GgufFile::integers(std::string_view key) const {
  constexpr std::string_view kExpected = "an array of integers";
  ASSAY_TRY(const GgufValue* value, find(key, kExpected));
  std::vector<std::int64_t> out;
  if (const auto* array = std::get_if<GgufArray>(value)) {
    if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(array)) return *numbers;
    const auto* numbers = std::get_if<std::vector<std::uint64_t>>(array);
    if (numbers != nullptr && copy_numbers(*numbers, out)) return out;
  }
  return wrong_type(key, kExpected);
}

Result<std::vector<double>> GgufFile::numbers(std::string_view key) const {
  constexpr std::string_view kExpected = "an array of numbers";
  ASSAY_TRY(const GgufValue* value, find(key, kExpected));
  std::vector<double> out;
  if (const auto* array = std::get_if<GgufArray>(value)) {
    if (const auto* reals = std::get_if<std::vector<double>>(array)) return *reals;
    const auto* integers = std::get_if<std::vector<std::int64_t>>(array);
    if (integers != nullptr && copy_numbers(*integers, out)) return out;
    const auto* naturals = std::get_if<std::vector<std::uint64_t>>(array);
    if (naturals != nullptr && copy_numbers(*naturals, out)) return out;
  }
  return wrong_type(key, kExpected);
}

const GgufTensor* GgufFile::find_tensor(std::string_view name) const {
  const auto found = tensor_index_.find(name);
  return found == tensor_index_.end() ? nullptr : &tensors_[found->second];
}

Result<TensorView> GgufFile::view(const GgufTensor& tensor) const {
  if (!tensor.dtype) {
    return fail(ErrorCode::kUnsupported,
                "{}: gguf: tensor '{}' has type number {}, which assay does not read; use a file in "
                "f32, f16, bf16, q4_0, q4_1, q5_0, q5_1, q8_0, q4_k, q5_k or q6_k",
                name_, printable(tensor.name), tensor.type_number);
  }
  ASSAY_CHECK(tensor.offset <= bytes_.size() && tensor.size_bytes <= bytes_.size() - tensor.offset,
              "tensor '{}' is not of this file", tensor.name);
  return TensorView{*tensor.dtype, tensor.shape, bytes_.subspan(tensor.offset, tensor.size_bytes)};
}

}  // namespace assay::values
