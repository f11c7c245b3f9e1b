// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text for a terminal of a certain width. A UTF-8 character counts as one column; characters that take two
// columns or none (CJK, combining marks) are not supported and only spoil the alignment.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay::report {

// Columns that `text` takes.
[[nodiscard]] std::size_t display_width(std::string_view text);

// `text` without anything that could move the cursor or change colours: control characters become spaces,
// bytes that are not UTF-8 become "?". A record may come from a stranger.
[[nodiscard]] std::string plain(std::string_view text);

// `text` filled up with spaces to `width` columns, on the left or on the right of it; unchanged if it is
// wider.
[[nodiscard]] std::string pad_left(std::string_view text, std::size_t width);
[[nodiscard]] std::string pad_right(std::string_view text, std::size_t width);

// At most `width` columns of `text`, with "…" at the end if something was cut off. Requires width >= 1.
[[nodiscard]] std::string cut(std::string_view text, std::size_t width);

// `text` broken at spaces into lines of at most `width` columns; a word that is too long stays whole. At
// least one line.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t width);

}  // namespace assay::report
