// SPDX-License-Identifier: Apache-2.0
#pragma once
// Walks over text that may hold any bytes: characters, and runs of characters between bytes that are not
// UTF-8.
#include <string_view>

namespace assay::model {

// Bytes of the well-formed UTF-8 character at the start of `text`, or 0 if there is none.
[[nodiscard]] std::size_t utf8_character_length(std::string_view text);

// Calls visit(run, true) for each longest run of well-formed characters and visit(byte, false) for each byte
// between them, in order.
template <typename Visit>
void for_each_utf8_run(std::string_view text, const Visit& visit) {
  std::size_t begin = 0, end = 0;
  while (end < text.size()) {
    if (const std::size_t length = utf8_character_length(text.substr(end))) {
      end += length;
      continue;
    }
    if (end > begin) visit(text.substr(begin, end - begin), true);
    visit(text.substr(end, 1), false);
    begin = ++end;
  }
  if (end > begin) visit(text.substr(begin), true);
}

}  // namespace assay::model
