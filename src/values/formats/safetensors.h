// SPDX-License-Identifier: Apache-2.0
#pragma once
// safetensors files: plain tensors by memory map, and a writer.
// Source: the format section of the safetensors repository's README (an 8-byte length, a JSON header, the
// data). Not supported: 8-bit and smaller floats, more than 4 dimensions, indexes of sharded models. Trust:
// the file is hostile until read. The header is taken apart while it is parsed, so a nested or repeated
// header costs nothing; tensors cover the data exactly, without holes, overlaps or bytes after the last one.
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "base/result.h"
#include "values/tensor.h"

namespace assay::values {

struct SafetensorsTensor {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  std::uint64_t offset = 0;  // of the first byte, from the start of the file; aligned to nothing
  std::uint64_t size_bytes = 0;
};

class SafetensorsFile {
 public:
  // Maps and checks `path`. Errors: those of MappedFile::open; kCorrupt or kUnsupported with the place.
  [[nodiscard]] static Result<SafetensorsFile> open(const std::filesystem::path& path);
  // Parses bytes that the caller keeps alive. `name` opens every message.
  [[nodiscard]] static Result<SafetensorsFile> parse(std::span<const std::byte> bytes, std::string_view name);

  // In the order of their bytes.
  [[nodiscard]] const std::vector<SafetensorsTensor>& tensors() const { return tensors_; }
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }
  // The tensor called `name`, or null.
  [[nodiscard]] const SafetensorsTensor* find_tensor(std::string_view name) const;
  // The bytes of a tensor of this file.
  [[nodiscard]] TensorView view(const SafetensorsTensor& tensor) const;

 private:
  MappedFile file_;  // empty if parse() was given bytes
  std::span<const std::byte> bytes_;
  std::vector<SafetensorsTensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

struct NamedView {
  std::string name;
  TensorView tensor;
};

// The bytes of a file with these tensors, in this order. Errors: kInvalidArgument for a name that stands
// twice, is not UTF-8 or is reserved ("__metadata__"), and for a type that the format does not have.
[[nodiscard]] Result<std::vector<std::byte>> safetensors_to_bytes(
    std::span<const NamedView> tensors, const std::map<std::string, std::string>& metadata = {});
// Writes them atomically. Errors: the above and those of write_file_atomically.
[[nodiscard]] Result<void> write_safetensors(const std::filesystem::path& path,
                                             std::span<const NamedView> tensors,
                                             const std::map<std::string, std::string>& metadata = {});

}  // namespace assay::values
