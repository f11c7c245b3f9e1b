// SPDX-License-Identifier: Apache-2.0
#include "model/byte_alphabet.h"

#include <gtest/gtest.h>

#include <set>

namespace assay::model {
namespace {

TEST(ByteAlphabet, WritesSpaceNewlineAndZeroAsGpt2Does) {
  EXPECT_EQ(byte_to_letter(' '), "\xc4\xa0");   // U+0120
  EXPECT_EQ(byte_to_letter('\n'), "\xc4\x8a");  // U+010A
  EXPECT_EQ(byte_to_letter(0), "\xc4\x80");     // U+0100
  EXPECT_EQ(byte_to_letter(0xad), "\xc5\x83");  // U+0143, the last
  EXPECT_EQ(byte_to_letter('a'), "a");
  EXPECT_EQ(byte_to_letter(0xe9), "\xc3\xa9");
}

TEST(ByteAlphabet, HasALetterOfItsOwnForEveryByte) {
  std::set<std::string> letters;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string bytes(1, static_cast<char>(byte));
    letters.insert(bytes_to_letters(bytes));
    EXPECT_EQ(letters_to_bytes(bytes_to_letters(bytes)), bytes) << byte;
  }
  EXPECT_EQ(letters.size(), 256u);
}

TEST(ByteAlphabet, RefusesTextOutsideTheAlphabet) {
  for (const char* text :
       {" ", "a b", "\n", "\xe4\xb8\xad", "\xc4", "\xc4z", "\xff", "\xc5\x84", "\xc1\x81"}) {
    EXPECT_EQ(letters_to_bytes(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace assay::model
