// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the terminal can show, and a progress line that is quiet where nobody watches.
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace assay::apps {

enum class ColourChoice : std::uint8_t { kAuto, kAlways, kNever };

// "auto", "always" or "never". Errors: kInvalidArgument.
[[nodiscard]] Result<ColourChoice> parse_colour(const std::string& word);

// True if output to `stream` should be coloured: always and never decide; auto wants a terminal, no NO_COLOR
// variable with a value, and TERM other than "dumb".
[[nodiscard]] bool use_colour(ColourChoice choice, std::FILE* stream);

// Columns of the terminal on `stream`; else of the COLUMNS variable; else 100. At least 40.
[[nodiscard]] int terminal_width(std::FILE* stream);

// One line on standard error that is rewritten in place; does nothing unless standard error is a terminal.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::string_view text);
  void clear();

 private:
  bool visible_;
  bool dirty_ = false;
};

// "[##########..........]  50 %" with `width` cells inside the brackets; requires 0 <= fraction <= 1.
[[nodiscard]] std::string progress_bar(double fraction, int width = 24);

}  // namespace assay::apps
