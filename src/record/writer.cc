// SPDX-License-Identifier: Apache-2.0
#include "record/writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/mapped_file.h"
#include "base/text.h"
#include "record/encode.h"
#include "record/reader.h"

namespace assay::record {

Result<Writer> Writer::create(const std::filesystem::path& path, const Run& run, Existing existing) {
  std::error_code folder_error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), folder_error);
  if (folder_error) {
    return fail(ErrorCode::kIo, "{}: cannot create the folder for the record: {}",
                path.parent_path().string(), folder_error.message());
  }
  const int how = existing == Existing::kRefuse ? O_EXCL : O_TRUNC;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | how, 0644);
  if (fd < 0 && errno == EEXIST) {
    return fail(ErrorCode::kInvalidArgument,
                "{}: a file of that name exists and a record is not overwritten; name another or remove it",
                path.string());
  }
  if (fd < 0) {
    return fail(ErrorCode::kIo, "{}: cannot create the record: {}; name another file", path.string(),
                std::strerror(errno));
  }
  Writer writer(path, fd);
  ASSAY_TRY_VOID(writer.write_line(encode_header(run)));
  return writer;
}

Result<Writer> Writer::resume(const std::filesystem::path& path, const Run& run) {
  ASSAY_TRY(const std::string text, read_text_file(path));
  std::size_t size = 0;  // of the header and the rows
  const std::size_t kept = 1 + run.measurements.size() + run.comparisons.size();
  for (std::size_t lines = 0; lines < kept && size < text.size(); ++lines) {
    size = std::min(text.find('\n', size), text.size() - 1) + 1;
  }
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  Writer writer(path, fd);
  writer.measurements_ = static_cast<std::int64_t>(run.measurements.size());
  writer.size_ = static_cast<std::int64_t>(size);
  if (fd < 0 || ::ftruncate(fd, writer.size_) != 0) {
    return fail(ErrorCode::kIo, "{}: cannot go on with the record: {}", path.string(), std::strerror(errno));
  }
  // An editor may have removed the last line's break.
  if (size > 0 && text[size - 1] != '\n' && ::write(fd, "\n", 1) != 1) return writer.write_failed(errno);
  writer.size_ += size > 0 && text[size - 1] != '\n' ? 1 : 0;
  return writer;
}

Writer::Writer(Writer&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      size_(other.size_),
      measurements_(other.measurements_) {}

Writer& Writer::operator=(Writer&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  std::swap(size_, other.size_);
  std::swap(measurements_, other.measurements_);
  return *this;
}

Writer::~Writer() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> Writer::append(const Measurement& measurement) {
  ASSAY_TRY_VOID(write_line(encode_measurement(measurement)));
  ++measurements_;
  return {};
}

Result<void> Writer::append(const ComparedRow& row) { return write_line(encode_comparison(row)); }

Result<void> Writer::finish() {
  ASSAY_TRY_VOID(write_line(encode_end(measurements_)));
  // Some file systems report a full disk only here.
  if (::close(std::exchange(fd_, -1)) != 0) return write_failed(errno);
  return {};
}

Result<void> Writer::write_line(std::string line) {
  ASSAY_CHECK(fd_ >= 0, "record {} is finished", path_.string());
  if (line.size() > kLongestLine) {
    return fail(ErrorCode::kUnsupported, "{}: a line of {} is over the limit of {}; take fewer samples",
                path_.string(), format_bytes(static_cast<double>(line.size())),
                format_bytes(static_cast<double>(kLongestLine)));
  }
  line += '\n';
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t n = ::write(fd_, line.data() + done, line.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int code = errno;
      // If this fails too, a reader still leaves out a half line at the end of a file.
      if (done > 0) static_cast<void>(::ftruncate(fd_, size_) == 0);
      return write_failed(code);
    }
    done += static_cast<std::size_t>(n);
  }
  size_ += static_cast<std::int64_t>(line.size());
  return {};
}

tl::unexpected<Error> Writer::write_failed(int code) const {
  const char* advice =
      code == ENOSPC || code == EDQUOT ? "; free space there or name a file on another disk" : "";
  return fail(ErrorCode::kIo, "{}: cannot write the record after {} measurements: {}{}", path_.string(),
              measurements_, std::strerror(code), advice);
}

}  // namespace assay::record
