// SPDX-License-Identifier: Apache-2.0
#pragma once
// A whole file as read-only bytes. Weights are used where the page cache holds them: nothing is copied.
// Not supported: writing, growing, pipes and devices. A file cut short by another process while it is mapped
// raises SIGBUS on access, as with any memory map.
#include <cstddef>
#include <filesystem>
#include <span>

#include "base/result.h"

namespace assay {

class MappedFile {
 public:
  // Maps `path`. An empty file gives an empty span.
  // Errors: kNotFound if there is no such file; kInvalidArgument for a folder or anything that is not a
  // regular file; kIo if it cannot be opened or mapped. Messages start with the path.
  [[nodiscard]] static Result<MappedFile> open(const std::filesystem::path& path);

  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  // Valid until this object is destroyed or assigned to; moving it does not move the bytes.
  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// Reads a whole small file. `limit_bytes` bounds the allocation; a larger file is an error (kUnsupported).
// Other errors as MappedFile::open.
[[nodiscard]] Result<std::string> read_text_file(const std::filesystem::path& path,
                                                 std::size_t limit_bytes = 64u << 20);

// Writes `bytes` to a new file beside `path` and renames it over `path`, so that a reader sees the old or the
// new content, never half of it. Errors: kIo with the system's reason (permission, disk full).
[[nodiscard]] Result<void> write_file_atomically(const std::filesystem::path& path,
                                                 std::span<const std::byte> bytes);

}  // namespace assay
