// SPDX-License-Identifier: Apache-2.0
#pragma once
// Small text jobs that several rooms share. Text is UTF-8 everywhere inside assay.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// True if `text` is well-formed UTF-8 (no overlong forms, surrogates or values above U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view text);

// How many bytes at the end of `text` are the beginning of a UTF-8 character whose rest has not arrived (0 to
// 3).
[[nodiscard]] std::size_t incomplete_utf8_suffix(std::string_view text);

// `text` for one line of a message: control characters, quotes and bytes that are not UTF-8 as \xNN, cut
// after `limit` bytes with "..." in place of the rest.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 64);

// The candidate with the smallest edit distance to `name`, or "" if none is within a third of its length (at
// least 2).
[[nodiscard]] std::string_view nearest_name(std::string_view name,
                                            std::span<const std::string_view> candidates);

// "93.8 MB": decimal units, three significant digits.
[[nodiscard]] std::string format_bytes(double bytes);
// "12.3 ms", "456 us", "78.9 ns": three significant digits.
[[nodiscard]] std::string format_duration_ns(double ns);

// Splits at every `separator`; n separators give n + 1 parts.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace assay
