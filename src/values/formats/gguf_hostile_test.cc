// SPDX-License-Identifier: Apache-2.0
// Every way in which a GGUF file can be wrong, with the message that a person then sees.
#include <gtest/gtest.h>

#include "values/formats/gguf.h"
#include "values/formats/testing/gguf_bytes.h"

namespace assay::values {
namespace {

using testing::GgufBytes;

constexpr std::uint32_t kU8 = 0, kU32 = 4, kI32 = 5, kBool = 7, kString = 8, kArray = 9, kU64 = 10;
constexpr std::uint32_t kTypeF32 = 0, kTypeQ4_0 = 2, kTypeIQ2 = 16;

// "code: message" of the error, without the name of the file.
std::string problem(const GgufBytes& file) {
  const auto parsed = GgufFile::parse(file.bytes, "t");
  if (parsed) return "no error";
  EXPECT_EQ(parsed.error().message.find("t: gguf: "), 0u);
  return fmt::format("{}: {}", error_code_name(parsed.error().code), parsed.error().message.substr(9));
}

// A file with one metadata entry whose value is still to be written, followed by room for it.
GgufBytes with_key(std::string_view name, std::uint32_t type) {
  return GgufBytes().header(0, 1).key(name, type);
}

GgufBytes with_tensor(std::vector<std::uint64_t> dims, std::uint32_t type, std::uint64_t offset,
                      std::size_t size) {
  return GgufBytes().header(1, 0).tensor("w", std::move(dims), type, offset).pad().zeros(size);
}

TEST(GgufReader, RejectsAnEmptyFileAndWhatIsNoGguf) {
  EXPECT_EQ(problem({}), "corrupt: the file is empty");
  EXPECT_EQ(problem(GgufBytes().raw("GG")),
            "corrupt: the header needs 4 bytes at byte 0, file has 2; it is cut short or damaged");
  EXPECT_EQ(problem(GgufBytes().raw("ggjt").zeros(40)),
            "corrupt: magic is 'ggjt', expected 'GGUF'; this is not a GGUF file");
  EXPECT_EQ(problem(GgufBytes().raw("\x01\x02\xff!").zeros(40)),
            "corrupt: magic is '\\x01\\x02\\xff!', expected 'GGUF'; this is not a GGUF file");
}

TEST(GgufReader, RejectsOtherVersionsAndBigEndian) {
  EXPECT_EQ(problem(GgufBytes().header(0, 0, 1)),
            "unsupported: version is 1, expected 2 or 3; convert the model again");
  EXPECT_EQ(problem(GgufBytes().header(0, 0, 4)),
            "unsupported: version is 4, expected 2 or 3; convert the model again");
  EXPECT_EQ(problem(GgufBytes().header(0, 0, 0x03000000)),
            "unsupported: the file is big-endian, expected little-endian; convert it again");
}

TEST(GgufReader, RejectsCountsThatTheFileCannotHold) {
  EXPECT_EQ(problem(GgufBytes().header(0, ~0ull).zeros(100)),
            "corrupt: the header counts 18446744073709551615 metadata entries of at least 14 bytes, 100 "
            "bytes are left");
  EXPECT_EQ(problem(GgufBytes().header(5, 0).zeros(100)),
            "corrupt: the header counts 5 tensors of at least 25 bytes, 100 bytes are left");
  GgufBytes used_up = GgufBytes().header(2, 1).key("k", kString).text(std::string(80, 'x')).zeros(25);
  EXPECT_EQ(problem(used_up), "corrupt: the header counts 2 tensors of at least 25 bytes, 25 bytes are left");
}

TEST(GgufReader, RejectsArraysThatTheFileCannotHold) {
  EXPECT_EQ(problem(with_key("a", kArray).put(kU32).put<std::uint64_t>(3).zeros(11)),
            "corrupt: key 'a' has 3 elements of at least 4 bytes, 11 bytes are left");
  EXPECT_EQ(problem(with_key("a", kArray).put(kString).put<std::uint64_t>(1ull << 61).zeros(64)),
            "corrupt: key 'a' has 2305843009213693952 elements of at least 8 bytes, 64 bytes are left");
  EXPECT_EQ(problem(with_key("a", kArray).put(kU8).put<std::uint64_t>((1 << 24) + 1).zeros((1 << 24) + 1)),
            "unsupported: key 'a' has 16777217 elements, at most 16777216 are read");
}

TEST(GgufReader, RejectsStringsLongerThanTheFile) {
  EXPECT_EQ(problem(GgufBytes().header(0, 1).put(~0ull).zeros(20)),
            "corrupt: metadata entry 0 needs 18446744073709551615 bytes at byte 32, file has 52; it is cut "
            "short or damaged");
  EXPECT_EQ(problem(with_key("k", kString).put<std::uint64_t>(6).raw("short")),
            "corrupt: key 'k' needs 6 bytes at byte 45, file has 50; it is cut short or damaged");
}

TEST(GgufReader, RejectsTextThatIsNotUtf8) {
  EXPECT_EQ(problem(with_key("k\xff", kU8).zeros(1)),
            "corrupt: metadata entry 0 has a string that is not UTF-8: 'k\\xff'");
  EXPECT_EQ(problem(with_key("k", kString).text("\xc3")),
            "corrupt: key 'k' has a string that is not UTF-8: '\\xc3'");
  EXPECT_EQ(problem(with_key("k", kArray).put(kString).put<std::uint64_t>(2).text("a").text("\xed\xa0\x80")),
            "corrupt: key 'k' has a string that is not UTF-8: '\\xed\\xa0\\x80'");
  EXPECT_EQ(problem(GgufBytes().header(1, 0).tensor("\x80", {1}, kTypeF32, 0).pad().zeros(4)),
            "corrupt: tensor 0 has a string that is not UTF-8: '\\x80'");
}

TEST(GgufReader, RejectsEmptyAndOverlongNames) {
  EXPECT_EQ(problem(with_key("", kU32).put(kU32)),
            "corrupt: metadata entry 0 has a name of 0 bytes, expected 1 to 65535");
  EXPECT_EQ(problem(with_key(std::string(65536, 'k'), kU8).zeros(1)),
            "corrupt: metadata entry 0 has a name of 65536 bytes, expected 1 to 65535");
}

TEST(GgufReader, RejectsUnknownTypesOfValuesAndNestedArrays) {
  EXPECT_EQ(problem(with_key("k", 13).zeros(8)), "corrupt: key 'k' has value type 13, expected 0 to 12");
  EXPECT_EQ(problem(with_key("k", kArray).put<std::uint32_t>(99).put<std::uint64_t>(1).zeros(8)),
            "corrupt: key 'k' has value type 99, expected 0 to 12");
  EXPECT_EQ(problem(with_key("k", kArray).put(kArray).put<std::uint64_t>(1).zeros(16)),
            "unsupported: key 'k' is an array of arrays, only flat arrays are read");
  EXPECT_EQ(problem(with_key("k", kBool).put<std::uint8_t>(2)),
            "corrupt: key 'k' is a bool with value 2, expected 0 or 1");
}

TEST(GgufReader, RejectsNamesThatStandTwice) {
  GgufBytes keys = GgufBytes().header(0, 2).key("k", kU32).put(kU32).key("k", kU32).put(kU32);
  EXPECT_EQ(problem(keys), "corrupt: key 'k' stands twice");
  GgufBytes tensors = GgufBytes().header(2, 0).tensor("w", {1}, kTypeF32, 0).tensor("w", {1}, kTypeF32, 32);
  EXPECT_EQ(problem(tensors.pad().zeros(64)), "corrupt: tensor 'w' stands twice");
}

TEST(GgufReader, RejectsImpossibleDimensions) {
  EXPECT_EQ(problem(with_tensor({1, 1, 1, 1, 1}, kTypeF32, 0, 4)),
            "unsupported: tensor 'w' has 5 dimensions, at most 4 are read");
  EXPECT_EQ(problem(with_tensor({4, 0}, kTypeF32, 0, 4)),
            "corrupt: tensor 'w' has a dimension of 0, expected at least 1");
  EXPECT_EQ(problem(with_tensor({~0ull}, kTypeF32, 0, 4)),
            "corrupt: tensor 'w' has a dimension of -1, expected at least 1");
  EXPECT_EQ(problem(with_tensor({1ull << 32, 1ull << 32}, kTypeIQ2, 0, 4)),
            "corrupt: the dimensions of tensor 'w' overflow 64 bits");
  EXPECT_EQ(problem(with_tensor({1ull << 31, 1ull << 31}, kTypeF32, 0, 4)),
            "corrupt: the size of tensor 'w' overflows 64 bits");
  EXPECT_EQ(problem(with_tensor({48, 2}, kTypeQ4_0, 0, 54)),
            "corrupt: tensor 'w' has rows of 48 elements, expected a multiple of 32 for q4_0");
}

TEST(GgufReader, RejectsABadAlignmentKey) {
  for (const std::uint32_t bad : {0u, 4u, 24u, 1u << 21}) {
    EXPECT_EQ(
        problem(with_key("general.alignment", kU32).put(bad)),
        fmt::format("corrupt: general.alignment is {}, expected a power of two from 8 to 1048576", bad));
  }
  EXPECT_EQ(problem(with_key("general.alignment", kU64).put(1ull << 63)),
            "corrupt: general.alignment is 9223372036854775808, expected a power of two from 8 to 1048576");
  EXPECT_EQ(problem(with_key("general.alignment", kI32).put<std::int32_t>(32)),
            "corrupt: general.alignment is not an unsigned integer");
}

TEST(GgufReader, RejectsMisalignedTensors) {
  EXPECT_EQ(problem(with_tensor({8}, kTypeF32, 16, 64)),
            "corrupt: tensor 'w' has offset 16, expected a multiple of 32");
}

TEST(GgufReader, RejectsTensorPastEndOfFile) {
  EXPECT_EQ(problem(with_tensor({9}, kTypeF32, 0, 35)),
            "corrupt: tensor 'w' ends at byte 100, file has 99; it is cut short or damaged");
  EXPECT_EQ(problem(with_tensor({8}, kTypeF32, 64, 32)),
            "corrupt: tensor 'w' ends at byte 160, file has 96; it is cut short or damaged");
  EXPECT_EQ(problem(with_tensor({8}, kTypeF32, ~0ull - 31, 32)),
            "corrupt: the end of tensor 'w' overflows 64 bits");
  EXPECT_EQ(problem(with_tensor({256}, kTypeIQ2, 32, 32)),
            "corrupt: tensor 'w' ends at byte 97, file has 96; it is cut short or damaged");
}

TEST(GgufReader, RejectsOverlappingTensors) {
  GgufBytes file =
      GgufBytes().header(2, 0).tensor("late", {8}, kTypeF32, 32).tensor("early", {9}, kTypeF32, 0);
  const std::size_t data = file.pad().bytes.size();
  EXPECT_EQ(problem(file.zeros(64)),
            fmt::format("corrupt: tensor 'late' begins at byte {}, inside tensor 'early', which ends "
                        "at byte {}",
                        data + 32, data + 36));
}

TEST(GgufReader, RejectsBytesAfterTheEnd) {
  EXPECT_EQ(problem(with_tensor({8}, kTypeF32, 0, 33)),
            "corrupt: the content ends at byte 96 (96 with padding), file has 97; it is cut short or has "
            "something appended");
  EXPECT_EQ(problem(GgufBytes().header(0, 0).zeros(9)),
            "corrupt: the content ends at byte 24 (32 with padding), file has 33; it is cut short or has "
            "something appended");
}

}  // namespace
}  // namespace assay::values
