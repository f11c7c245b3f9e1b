// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "base/check.h"
#include "base/text.h"
#include "values/formats/gguf.h"
#include "values/formats/gguf_layout.h"

namespace assay::values {
namespace {

using gguf::ValueType;

std::uint32_t number_of(ValueType type) { return static_cast<std::uint32_t>(type); }

void put_bytes(std::vector<std::byte>& out, std::span<const std::byte> bytes) {
  // Not insert(): g++ 12 warns of an overflow in it that cannot happen.
  const std::size_t at = out.size();
  out.resize(at + bytes.size());
  if (!bytes.empty()) std::memcpy(out.data() + at, bytes.data(), bytes.size());
}

template <typename T>
void put(std::vector<std::byte>& out, T value) {
  put_bytes(out, std::as_bytes(std::span(&value, 1)));
}

void put_string(std::vector<std::byte>& out, std::string_view text) {
  put<std::uint64_t>(out, text.size());
  put_bytes(out, std::as_bytes(std::span(text)));
}

template <typename T>
std::vector<std::byte> payload_of(T value) {
  std::vector<std::byte> payload;
  put(payload, value);
  return payload;
}

std::vector<std::byte> array_head(ValueType element, std::uint64_t count) {
  std::vector<std::byte> payload;
  put(payload, number_of(element));
  put(payload, count);
  return payload;
}

template <typename T>
std::vector<std::byte> array_of(ValueType element, std::span<const T> values) {
  std::vector<std::byte> payload = array_head(element, values.size());
  put_bytes(payload, std::as_bytes(values));
  return payload;
}

void pad(std::vector<std::byte>& out) { out.resize(gguf::align_up(out.size(), gguf::kDefaultAlignment)); }

}  // namespace

void GgufWriter::refuse(std::string message) {
  if (!first_problem_) first_problem_ = Error{ErrorCode::kInvalidArgument, "gguf: " + std::move(message)};
}

void GgufWriter::check_text(std::string_view text) {
  if (!is_utf8(text)) refuse(fmt::format("'{}' is not UTF-8 and cannot be written", printable(text)));
}

void GgufWriter::add_entry(std::string key, std::uint32_t type, std::vector<std::byte> payload) {
  check_text(key);
  if (key.empty()) refuse("an empty key cannot be written");
  if (key == gguf::kAlignmentKey)
    refuse(fmt::format("{} is always {} and cannot be set", key, gguf::kDefaultAlignment));
  if (!keys_.insert(key).second) refuse(fmt::format("key '{}' was added twice", printable(key)));
  entries_.push_back({std::move(key), type, std::move(payload)});
}

void GgufWriter::add_u32(std::string key, std::uint32_t value) {
  add_entry(std::move(key), number_of(ValueType::kU32), payload_of(value));
}
void GgufWriter::add_i32(std::string key, std::int32_t value) {
  add_entry(std::move(key), number_of(ValueType::kI32), payload_of(value));
}
void GgufWriter::add_u64(std::string key, std::uint64_t value) {
  add_entry(std::move(key), number_of(ValueType::kU64), payload_of(value));
}
void GgufWriter::add_i64(std::string key, std::int64_t value) {
  add_entry(std::move(key), number_of(ValueType::kI64), payload_of(value));
}
void GgufWriter::add_f32(std::string key, float value) {
  add_entry(std::move(key), number_of(ValueType::kF32), payload_of(value));
}
void GgufWriter::add_f64(std::string key, double value) {
  add_entry(std::move(key), number_of(ValueType::kF64), payload_of(value));
}
void GgufWriter::add_bool(std::string key, bool value) {
  add_entry(std::move(key), number_of(ValueType::kBool), payload_of(static_cast<std::uint8_t>(value)));
}

void GgufWriter::add_string(std::string key, std::string_view value) {
  check_text(value);
  std::vector<std::byte> payload;
  put_string(payload, value);
  add_entry(std::move(key), number_of(ValueType::kString), std::move(payload));
}

void GgufWriter::add_strings(std::string key, std::span<const std::string> values) {
  std::vector<std::byte> payload = array_head(ValueType::kString, values.size());
  for (const std::string& value : values) {
    check_text(value);
    put_string(payload, value);
  }
  add_entry(std::move(key), number_of(ValueType::kArray), std::move(payload));
}

void GgufWriter::add_i32s(std::string key, std::span<const std::int32_t> values) {
  add_entry(std::move(key), number_of(ValueType::kArray), array_of(ValueType::kI32, values));
}
void GgufWriter::add_f32s(std::string key, std::span<const float> values) {
  add_entry(std::move(key), number_of(ValueType::kArray), array_of(ValueType::kF32, values));
}

void GgufWriter::add_tensor(std::string name, TensorView tensor) {
  ASSAY_CHECK(static_cast<std::int64_t>(tensor.bytes.size()) ==
                  tensor.rows() * row_bytes(tensor.dtype, tensor.row_elements()),
              "tensor '{}' of {} has {} bytes", name, tensor.shape.to_string(), tensor.bytes.size());
  check_text(name);
  if (name.empty()) refuse("a tensor without a name cannot be written");
  if (!gguf_type_number(tensor.dtype)) {
    refuse(fmt::format("tensor '{}' is {}, a type that the format does not have", printable(name),
                       info(tensor.dtype).name));
  }
  if (tensor.bytes.empty())
    refuse(fmt::format("tensor '{}' is empty and cannot be written", printable(name)));
  if (!tensor_names_.insert(name).second) refuse(fmt::format("tensor '{}' was added twice", printable(name)));
  tensors_.push_back({std::move(name), tensor});
}

Result<std::vector<std::byte>> GgufWriter::to_bytes() const {
  if (first_problem_) return tl::unexpected<Error>(*first_problem_);
  std::vector<std::byte> out;
  put_bytes(out, std::as_bytes(std::span(gguf::kMagic)));
  put(out, gguf::kVersion);
  put<std::uint64_t>(out, tensors_.size());
  put<std::uint64_t>(out, entries_.size());
  for (const Entry& entry : entries_) {
    put_string(out, entry.key);
    put(out, entry.type);
    put_bytes(out, entry.payload);
  }
  std::uint64_t offset = 0;  // from the start of the tensor data
  for (const auto& [name, tensor] : tensors_) {
    put_string(out, name);
    put(out, static_cast<std::uint32_t>(tensor.shape.rank()));
    for (int i = tensor.shape.rank() - 1; i >= 0; --i) put(out, tensor.shape[i]);
    put(out, *gguf_type_number(tensor.dtype));
    put(out, offset);
    offset = gguf::align_up(offset + tensor.bytes.size(), gguf::kDefaultAlignment);
  }
  pad(out);
  out.reserve(out.size() + offset);
  for (const auto& [name, tensor] : tensors_) {
    put_bytes(out, tensor.bytes);
    pad(out);
  }
  return out;
}

Result<void> GgufWriter::write(const std::filesystem::path& path) const {
  ASSAY_TRY(const auto bytes, to_bytes());
  return write_file_atomically(path, bytes);
}

}  // namespace assay::values
