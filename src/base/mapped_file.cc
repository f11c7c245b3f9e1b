// SPDX-License-Identifier: Apache-2.0
#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace assay {
namespace {

struct Descriptor {
  int fd = -1;
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
};

tl::unexpected<Error> system_error(const std::filesystem::path& path, const char* what) {
  const int code = errno;
  return fail(code == ENOENT || code == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kIo, "{}: cannot {}: {}",
              path.string(), what, std::strerror(code));
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) return system_error(path, "open the file");
  struct stat info {};
  if (fstat(file.fd, &info) != 0) return system_error(path, "read its size");
  if (S_ISDIR(info.st_mode)) {
    return fail(ErrorCode::kInvalidArgument, "{}: expected a file, got a folder", path.string());
  }
  if (!S_ISREG(info.st_mode)) {
    return fail(ErrorCode::kInvalidArgument, "{}: expected a regular file, got a device or a pipe",
                path.string());
  }
  MappedFile mapped;
  mapped.size_ = static_cast<std::size_t>(info.st_size);
  if (mapped.size_ == 0) return mapped;
  void* data = mmap(nullptr, mapped.size_, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (data == MAP_FAILED) {
    mapped.size_ = 0;
    return system_error(path, "map the file");
  }
  mapped.data_ = static_cast<const std::byte*>(data);
  return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<std::byte*>(data_), size_);
}

Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t limit_bytes) {
  ASSAY_TRY(const MappedFile file, MappedFile::open(path));
  const auto bytes = file.bytes();
  if (bytes.size() > limit_bytes) {
    return fail(ErrorCode::kUnsupported, "{}: the file has {} bytes, at most {} are read", path.string(),
                bytes.size(), limit_bytes);
  }
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Result<void> write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::string temporary = path.string() + ".XXXXXX";
  Descriptor file{mkstemp(temporary.data())};
  if (file.fd < 0) return system_error(path, "create the file");
  const auto give_up = [&](const char* what) {
    auto error = system_error(path, what);
    unlink(temporary.c_str());
    return error;
  };
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = write(file.fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return give_up("write the file");
    done += static_cast<std::size_t>(n);
  }
  if (fchmod(file.fd, 0644) != 0 || fsync(file.fd) != 0) return give_up("write the file");
  if (rename(temporary.c_str(), path.c_str()) != 0) return give_up("replace the file");
  return {};
}

}  // namespace assay
