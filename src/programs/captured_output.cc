// SPDX-License-Identifier: Apache-2.0
#include "programs/captured_output.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace assay::programs {
namespace {

constexpr std::int64_t kKeptBytes = 8 << 20;
constexpr std::size_t kLongestLine = 500;  // the rest of a longer one is only counted

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_letter(text[at - 1])) && (end == text.size() || !is_letter(text[end]))) return true;
  }
  return false;
}

}  // namespace

bool is_warning(std::string_view line) {
  std::string lower(line);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  constexpr std::array<std::string_view, 5> kWords{"warning", "warn", "error", "deprecated", "falling back"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return has_word(lower, word); });
}

Result<CapturedOutput> CapturedOutput::create() {
  const int file = memfd_create("assay-output", MFD_CLOEXEC);
  if (file < 0 || fcntl(file, F_SETFL, O_APPEND) != 0) {
    const int code = errno;
    if (file >= 0) close(file);
    return fail(ErrorCode::kIo, "cannot make a file in memory for a program's output: {}",
                std::strerror(code));
  }
  return CapturedOutput(file);
}

CapturedOutput::CapturedOutput(CapturedOutput&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      seen_bytes_(other.seen_bytes_),
      log_(std::move(other.log_)),
      line_(std::move(other.line_)),
      last_line_(std::move(other.last_line_)) {}

CapturedOutput& CapturedOutput::operator=(CapturedOutput&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(seen_bytes_, other.seen_bytes_);
  std::swap(log_, other.log_);
  std::swap(line_, other.line_);
  std::swap(last_line_, other.last_line_);
  return *this;
}

CapturedOutput::~CapturedOutput() {
  if (file_ >= 0) close(file_);
}

void CapturedOutput::look() {
  struct stat status {};
  if (fstat(file_, &status) != 0) return;
  seen_bytes_ = std::min<std::int64_t>(seen_bytes_, status.st_size);  // the program may have cut it
  std::array<char, 1 << 14> chunk;
  while (seen_bytes_ < status.st_size) {
    const ssize_t n = pread(file_, chunk.data(), chunk.size(), seen_bytes_);
    if (n <= 0) break;
    seen_bytes_ += n;
    add({chunk.data(), static_cast<std::size_t>(n)});
  }
  if (seen_bytes_ > kKeptBytes && ftruncate(file_, 0) == 0) seen_bytes_ = 0;
}

void CapturedOutput::add(std::string_view text) {
  log_.bytes += static_cast<std::int64_t>(text.size());
  while (!text.empty()) {
    const std::size_t length = text.find('\n');
    line_ += text.substr(0, length).substr(0, kLongestLine - line_.size());
    if (length == std::string_view::npos) return;
    end_line();
    text.remove_prefix(length + 1);
  }
}

void CapturedOutput::end_line() {
  if (line_.empty()) return;
  last_line_ = printable(line_, 200);
  if (is_warning(line_)) {
    ++log_.warnings;
    if (log_.first_warning.empty()) log_.first_warning = last_line_;
  }
  line_.clear();
}

measure::LogEvidence CapturedOutput::take() {
  end_line();
  return std::exchange(log_, {});
}

}  // namespace assay::programs
