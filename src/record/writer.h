// SPDX-License-Identifier: Apache-2.0
#pragma once
// A record file in JSON Lines that grows while a run goes on: a crash or a kill loses at most the running
// measurement. Each line is handed to the operating system in one write, so it survives this process; it is
// not forced to the disk, so a power failure may lose lines. Format: docs/record.md. Not supported: several
// writers of one file, compression.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "record/measurement.h"

namespace assay::record {

enum class Existing : std::uint8_t { kRefuse, kReplace };

class Writer {
 public:
  // Creates the file, and the folders above it, and writes the run's first line (its measurements are not
  // written). Errors: kInvalidArgument if the file exists and `existing` is kRefuse; kIo with the system's
  // reason.
  [[nodiscard]] static Result<Writer> create(const std::filesystem::path& path, const Run& run,
                                             Existing existing = Existing::kRefuse);

  // Opens a record that read_run() has read as `run`, to go on after its last measurement: half a line at its
  // end, and its end line, are cut off. Errors: kIo.
  [[nodiscard]] static Result<Writer> resume(const std::filesystem::path& path, const Run& run);

  Writer(Writer&& other) noexcept;
  Writer& operator=(Writer&& other) noexcept;
  ~Writer();

  // Adds one line. Errors: kIo (disk full, and others); half a line is taken back, so that the file stays
  // readable and a later append may succeed. kUnsupported if the line is longer than a reader accepts
  // (kLongestLine of record/reader.h).
  [[nodiscard]] Result<void> append(const Measurement& measurement);

  [[nodiscard]] Result<void> append(const ComparedRow& row);

  // Writes the end line and closes the file; nothing may be appended after it. Without it the record counts
  // as incomplete, as it should after an interrupt. Errors as append.
  [[nodiscard]] Result<void> finish();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] int file() const { return fd_; }  // to be kept from other processes; -1 once it is finished
  [[nodiscard]] std::int64_t measurements() const { return measurements_; }

 private:
  Writer(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}
  [[nodiscard]] Result<void> write_line(std::string line);
  [[nodiscard]] tl::unexpected<Error> write_failed(int code) const;

  std::filesystem::path path_;
  int fd_ = -1;
  std::int64_t size_ = 0;  // bytes of whole lines
  std::int64_t measurements_ = 0;
};

}  // namespace assay::record
