// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/check.h"
#include "base/text.h"
#include "report/text_layout.h"

namespace assay::apps {
namespace {

bool is_terminal(std::FILE* stream) { return isatty(fileno(stream)) == 1; }

bool has_value(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

Result<ColourChoice> parse_colour(const std::string& word) {
  if (word == "auto") return ColourChoice::kAuto;
  if (word == "always") return ColourChoice::kAlways;
  if (word == "never") return ColourChoice::kNever;
  return fail(ErrorCode::kInvalidArgument, "--colour: expected auto, always or never, got '{}'",
              printable(word));
}

bool use_colour(ColourChoice choice, std::FILE* stream) {
  if (choice != ColourChoice::kAuto) return choice == ColourChoice::kAlways;
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  return is_terminal(stream) && !has_value("NO_COLOR") && !dumb;
}

int terminal_width(std::FILE* stream) {
  constexpr int kDefault = 100, kLeast = 40;
  winsize size{};
  if (is_terminal(stream) && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return std::max<int>(kLeast, size.ws_col);
  }
  if (const char* columns = std::getenv("COLUMNS")) {
    const int value = std::atoi(columns);
    if (value > 0) return std::max(kLeast, value);
  }
  return kDefault;
}

ProgressLine::ProgressLine() : visible_(is_terminal(stderr)) {}

void ProgressLine::show(std::string_view text) {
  if (!visible_) return;
  const auto room = static_cast<std::size_t>(terminal_width(stderr) - 1);
  std::fprintf(stderr, "\r\x1b[K%s", report::cut(text, room).c_str());
  std::fflush(stderr);
  dirty_ = true;
}

void ProgressLine::clear() {
  if (!dirty_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  dirty_ = false;
}

std::string progress_bar(double fraction, int width) {
  ASSAY_CHECK(fraction >= 0 && fraction <= 1, "fraction {}", fraction);
  const auto full = static_cast<std::size_t>(fraction * width);
  return fmt::format("[{}{}] {:3.0f} %", std::string(full, '#'),
                     std::string(static_cast<std::size_t>(width) - full, '.'), 100 * fraction);
}

}  // namespace assay::apps
