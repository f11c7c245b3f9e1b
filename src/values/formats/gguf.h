// SPDX-License-Identifier: Apache-2.0
#pragma once
// GGUF files, versions 2 and 3, little-endian: metadata and tensors by memory map, and a writer.
// Source: the GGUF specification in the ggml repository (docs/gguf.md).
// Not supported: version 1, big-endian files, split files; a tensor of a type that assay does not know is
// listed with its number, and asking for its bytes is an error. Arrays of arrays, or of more than 16 million
// elements, are refused.
// Trust: the file is hostile until read. Every count is checked against the bytes that are left before
// anything is allocated for it; every tensor lies inside the file, aligned, and overlaps no other. Keys,
// names and strings are UTF-8. Bytes after the last tensor are rejected, but for the padding to the
// alignment. A file without tensors is well formed (vocabulary only).
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/mapped_file.h"
#include "base/result.h"
#include "values/tensor.h"

namespace assay::values {

// A metadata value. Integers keep their signedness, not their width, except inside the file. Arrays are flat
// and of one element type, as in the files that people use.
using GgufArray = std::variant<std::vector<std::int64_t>, std::vector<std::uint64_t>, std::vector<double>,
                               std::vector<bool>, std::vector<std::string>>;
using GgufValue = std::variant<std::int64_t, std::uint64_t, double, bool, std::string, GgufArray>;

struct GgufTensor {
  std::string name;
  std::uint32_t type_number = 0;  // as in the file
  std::optional<DType> dtype;     // nothing if assay does not know the type
  Shape shape;                    // row-major: GGUF's dimensions reversed
  std::uint64_t offset = 0;       // of the first byte, from the start of the file
  std::uint64_t size_bytes = 0;   // 0 for unknown types
};

class GgufFile {
 public:
  // Maps and checks `path`. Errors: those of MappedFile::open; kCorrupt or kUnsupported with the place and
  // the fix.
  [[nodiscard]] static Result<GgufFile> open(const std::filesystem::path& path);
  // Parses bytes that the caller keeps alive. `name` opens every message.
  [[nodiscard]] static Result<GgufFile> parse(std::span<const std::byte> bytes, std::string_view name);

  [[nodiscard]] std::uint32_t version() const { return version_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t file_bytes() const { return bytes_.size(); }
  [[nodiscard]] const std::map<std::string, GgufValue, std::less<>>& metadata() const { return metadata_; }
  [[nodiscard]] const std::vector<GgufTensor>& tensors() const { return tensors_; }

  // Typed look-ups. Errors: kNotFound if the key is missing, kCorrupt if it has another type or does not fit;
  // the message names the file, the key and what to do. Integers are accepted for a double key.
  [[nodiscard]] Result<std::int64_t> integer(std::string_view key) const;
  [[nodiscard]] Result<double> number(std::string_view key) const;
  [[nodiscard]] Result<bool> boolean(std::string_view key) const;
  [[nodiscard]] Result<std::string> string(std::string_view key) const;
  [[nodiscard]] Result<std::span<const std::string>> strings(std::string_view key) const;
  // Arrays of any integer type, or of any number type.
  [[nodiscard]] Result<std::vector<std::int64_t>> integers(std::string_view key) const;
  [[nodiscard]] Result<std::vector<double>> numbers(std::string_view key) const;
  [[nodiscard]] bool contains(std::string_view key) const { return metadata_.find(key) != metadata_.end(); }

  [[nodiscard]] const GgufTensor* find_tensor(std::string_view name) const;
  // The bytes of a tensor of this file. Errors: kUnsupported if its type is not known.
  [[nodiscard]] Result<TensorView> view(const GgufTensor& tensor) const;

 private:
  // The value of `key`, or an error that says that it should have been `expected`.
  [[nodiscard]] Result<const GgufValue*> find(std::string_view key, std::string_view expected) const;
  [[nodiscard]] tl::unexpected<Error> wrong_type(std::string_view key, std::string_view expected) const;

  MappedFile file_;  // empty if parse() was given bytes
  std::span<const std::byte> bytes_;
  std::string name_;
  std::uint32_t version_ = 0;
  std::map<std::string, GgufValue, std::less<>> metadata_;
  std::vector<GgufTensor> tensors_;
  std::map<std::string, std::size_t, std::less<>> tensor_index_;
  friend class GgufParser;
};

// Collects metadata and tensors and writes version 3 with alignment 32, keys and tensors in the order added.
// What cannot be written (a key that stands twice or is empty, text that is not UTF-8, a tensor with a
// dimension of 0, a type that GGUF does not have) is remembered, and the first such thing is the error of
// to_bytes and write.
class GgufWriter {
 public:
  // Integers of the file are written with the width given by the method name.
  void add_u32(std::string key, std::uint32_t value);
  void add_i32(std::string key, std::int32_t value);
  void add_u64(std::string key, std::uint64_t value);
  void add_i64(std::string key, std::int64_t value);
  void add_f32(std::string key, float value);
  void add_f64(std::string key, double value);
  void add_bool(std::string key, bool value);
  void add_string(std::string key, std::string_view value);
  void add_strings(std::string key, std::span<const std::string> values);
  void add_i32s(std::string key, std::span<const std::int32_t> values);
  void add_f32s(std::string key, std::span<const float> values);
  // The bytes must stay alive until write(). Requires as many bytes as type and shape say.
  void add_tensor(std::string name, TensorView tensor);

  // Writes the whole file atomically. Errors: those of to_bytes and write_file_atomically.
  [[nodiscard]] Result<void> write(const std::filesystem::path& path) const;
  // Errors: kInvalidArgument for what cannot be written.
  [[nodiscard]] Result<std::vector<std::byte>> to_bytes() const;

 private:
  struct Entry {
    std::string key;
    std::uint32_t type;
    std::vector<std::byte> payload;
  };
  struct NamedTensor {
    std::string name;
    TensorView tensor;
  };
  void add_entry(std::string key, std::uint32_t type, std::vector<std::byte> payload);
  void check_text(std::string_view text);
  void refuse(std::string message);

  std::vector<Entry> entries_;
  std::vector<NamedTensor> tensors_;
  std::set<std::string, std::less<>> keys_, tensor_names_;
  std::optional<Error> first_problem_;
};

// The number that GGUF uses for a type, or nothing for types it does not have (u8, bool).
[[nodiscard]] std::optional<std::uint32_t> gguf_type_number(DType type);
[[nodiscard]] std::optional<DType> dtype_from_gguf(std::uint32_t number);

}  // namespace assay::values
