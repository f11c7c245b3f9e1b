// SPDX-License-Identifier: Apache-2.0
#pragma once
// The file in memory that a measured program's standard output and standard error go to, and what is worth
// knowing of its content. It stays small however much is written: what was looked at is thrown away. Not
// supported: keeping the two streams apart; a few lines may be lost when much is thrown away while the
// program writes.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "measure/evidence.h"

namespace assay::programs {

class CapturedOutput {
 public:
  // Errors: kIo.
  [[nodiscard]] static Result<CapturedOutput> create();
  CapturedOutput(CapturedOutput&& other) noexcept;
  CapturedOutput& operator=(CapturedOutput&& other) noexcept;
  ~CapturedOutput();

  // Everything written to it is appended, whoever has a copy of the descriptor.
  [[nodiscard]] int file() const { return file_; }
  // Looks at what was written since the last call. Call it now and then while the program runs.
  void look();
  // What was written since the last take(), up to the last look().
  [[nodiscard]] measure::LogEvidence take();
  // Of everything so far, without the line break; empty if nothing was written.
  [[nodiscard]] const std::string& last_line() const { return last_line_; }

 private:
  explicit CapturedOutput(int file) : file_(file) {}
  void add(std::string_view text);
  void end_line();

  int file_ = -1;
  std::int64_t seen_bytes_ = 0;  // of the file
  measure::LogEvidence log_;
  std::string line_;  // the beginning of a line whose end was not written yet; at most kLongestLine
  std::string last_line_;
};

// True for a line that says that something is not as it should be: one of the words warning, warn, error,
// deprecated, or "falling back", in any case.
[[nodiscard]] bool is_warning(std::string_view line);

}  // namespace assay::programs
