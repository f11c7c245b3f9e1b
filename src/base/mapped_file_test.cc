// SPDX-License-Identifier: Apache-2.0
#include "base/mapped_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/testing/temporary_folder.h"

namespace assay {
namespace {

std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(MappedFile, GivesTheBytesOfTheFile) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "a.bin";
  ASSERT_TRUE(write_file_atomically(path, as_bytes("assay")));
  const auto file = MappedFile::open(path);
  ASSERT_TRUE(file);
  ASSERT_EQ(file->bytes().size(), 5u);
  EXPECT_EQ(static_cast<char>(file->bytes()[4]), 'y');
}

TEST(MappedFile, AcceptsAnEmptyFile) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "empty";
  ASSERT_TRUE(write_file_atomically(path, {}));
  const auto file = MappedFile::open(path);
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->bytes().empty());
}

TEST(MappedFile, NamesTheFileThatIsMissing) {
  const auto file = MappedFile::open("/nowhere/x.gguf");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kNotFound);
  EXPECT_NE(file.error().message.find("/nowhere/x.gguf"), std::string::npos);
}

TEST(MappedFile, RefusesAFolderAndADevice) {
  const testing::TemporaryFolder folder;
  EXPECT_EQ(MappedFile::open(folder.path()).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(MappedFile::open("/dev/null").error().code, ErrorCode::kInvalidArgument);
}

TEST(MappedFile, BytesSurviveAMove) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "a.bin";
  ASSERT_TRUE(write_file_atomically(path, as_bytes("assay")));
  auto file = MappedFile::open(path);
  const auto* before = file->bytes().data();
  const MappedFile moved = std::move(*file);
  EXPECT_EQ(moved.bytes().data(), before);
  EXPECT_TRUE(file->bytes().empty());
}

TEST(ReadTextFile, RefusesMoreThanTheLimit) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "a.txt";
  ASSERT_TRUE(write_file_atomically(path, as_bytes("12345")));
  EXPECT_EQ(read_text_file(path).value(), "12345");
  EXPECT_EQ(read_text_file(path, 4).error().code, ErrorCode::kUnsupported);
}

TEST(WriteFileAtomically, ReplacesAndLeavesNothingElse) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "a.txt";
  ASSERT_TRUE(write_file_atomically(path, as_bytes("old")));
  ASSERT_TRUE(write_file_atomically(path, as_bytes("new")));
  EXPECT_EQ(read_text_file(path).value(), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
  EXPECT_EQ(write_file_atomically(folder.path() / "no" / "b", as_bytes("x")).error().code,
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace assay
