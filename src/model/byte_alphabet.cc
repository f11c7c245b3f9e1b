// SPDX-License-Identifier: Apache-2.0
#include "model/byte_alphabet.h"

#include <array>

namespace assay::model {
namespace {

constexpr unsigned kLetters = 0x144;  // one more than the last character used

struct Alphabet {
  std::array<std::string, 256> letter;
  std::array<int, kLetters> byte;  // -1 for characters that are not letters

  Alphabet() {
    byte.fill(-1);
    unsigned beyond = 0x100;
    for (unsigned b = 0; b < 256; ++b) {
      const bool printable = (b >= 0x21 && b <= 0x7e) || (b >= 0xa1 && b <= 0xac) || (b >= 0xae && b <= 0xff);
      const unsigned code = printable ? b : beyond++;
      byte[code] = static_cast<int>(b);
      if (code < 0x80) {
        letter[b] = {static_cast<char>(code)};
      } else {
        letter[b] = {static_cast<char>(0xc0 | (code >> 6)), static_cast<char>(0x80 | (code & 0x3f))};
      }
    }
  }
};

const Alphabet& alphabet() {
  static const Alphabet instance;
  return instance;
}

}  // namespace

std::string_view byte_to_letter(std::uint8_t byte) { return alphabet().letter[byte]; }

std::optional<std::string> letters_to_bytes(std::string_view text) {
  const Alphabet& letters = alphabet();
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = static_cast<unsigned char>(text[i]);
    if (code >= 0x80) {  // every letter beyond ASCII has two bytes
      if ((code & 0xe0) != 0xc0 || i + 1 == text.size()) return std::nullopt;
      const unsigned low = static_cast<unsigned char>(text[++i]);
      if ((low & 0xc0) != 0x80) return std::nullopt;
      code = (code & 0x1f) << 6 | (low & 0x3f);
      if (code < 0x80) return std::nullopt;
    }
    if (code >= kLetters || letters.byte[code] < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(letters.byte[code]));
  }
  return bytes;
}

std::string bytes_to_letters(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += byte_to_letter(static_cast<std::uint8_t>(byte));
  return text;
}

}  // namespace assay::model
