// SPDX-License-Identifier: Apache-2.0
#pragma once
// NumPy's .npy files, versions 1.0, 2.0 and 3.0: one array by memory map, and a writer.
// Source: the documentation of numpy.lib.format.
// Not supported: Fortran order of two and more dimensions, big-endian data, complex numbers, text, objects
// and records, more than 4 dimensions, .npz. NumPy has no bfloat16 and no quantised types. Trust: the header
// is parsed strictly, the array must end where the file ends.
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "base/result.h"
#include "values/tensor.h"

namespace assay::values {

class NpyFile {
 public:
  // Maps and checks `path`. Errors: those of MappedFile::open; kCorrupt or kUnsupported with the place.
  [[nodiscard]] static Result<NpyFile> open(const std::filesystem::path& path);
  // Parses bytes that the caller keeps alive. `name` opens every message.
  [[nodiscard]] static Result<NpyFile> parse(std::span<const std::byte> bytes, std::string_view name);

  // Valid as long as this object (or the bytes given to parse).
  [[nodiscard]] const TensorView& view() const { return view_; }

 private:
  MappedFile file_;  // empty if parse() was given bytes
  TensorView view_;
};

// The bytes of a file of version 1.0. Requires as many bytes as type and shape say.
// Errors: kInvalidArgument for a type that NumPy does not have.
[[nodiscard]] Result<std::vector<std::byte>> npy_to_bytes(const TensorView& tensor);
// Writes them atomically. Errors: the above and those of write_file_atomically.
[[nodiscard]] Result<void> write_npy(const std::filesystem::path& path, const TensorView& tensor);

}  // namespace assay::values
