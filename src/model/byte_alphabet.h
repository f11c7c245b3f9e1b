// SPDX-License-Identifier: Apache-2.0
#pragma once
// GPT-2's alphabet: byte-level vocabularies write each byte as one printable character, so that a vocabulary
// is a text file without spaces or control characters. A space is written as U+0120, a newline as U+010A.
// Source: bytes_to_unicode() of the GPT-2 release (2019), restated: the printable bytes of Latin-1 stand for
// themselves, the other 68 become U+0100, U+0101, ... in byte order.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay::model {

// The character of a byte, as UTF-8.
[[nodiscard]] std::string_view byte_to_letter(std::uint8_t byte);

// The bytes that a token's text stands for, or nothing if it has a character outside the alphabet or is not
// UTF-8.
[[nodiscard]] std::optional<std::string> letters_to_bytes(std::string_view text);

// The text of a token that stands for `bytes`.
[[nodiscard]] std::string bytes_to_letters(std::string_view bytes);

}  // namespace assay::model
