// SPDX-License-Identifier: Apache-2.0
#include "report/text_layout.h"

#include <algorithm>

#include "base/text.h"

namespace assay::report {
namespace {

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string plain(std::string_view text) {
  std::string out(text);
  const bool utf8 = is_utf8(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]);
    if (byte < 0x20 || byte == 0x7F) out[i] = ' ';
    if (byte >= 0x80 && !utf8) out[i] = '?';
    // U+0080 to U+009F are control characters too.
    if (utf8 && byte == 0xC2 && static_cast<unsigned char>(out[i + 1]) < 0xA0) out[i] = out[i + 1] = ' ';
  }
  return out;
}

std::string pad_left(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, display_width(text)), ' ') + std::string(text);
}

std::string pad_right(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(width - std::min(width, display_width(text)), ' ');
}

std::string cut(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::size_t columns = 0;
  std::size_t i = 0;
  while (i < text.size()) {
    if (starts_character(text[i]) && ++columns == width) break;
    ++i;
  }
  while (i > 0 && text[i - 1] == ' ') --i;
  return std::string(text.substr(0, i)) + "…";
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  for (const std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;
    if (!lines.back().empty() && display_width(lines.back()) + 1 + display_width(word) > width)
      lines.emplace_back();
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

}  // namespace assay::report
