// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/mapped_file.h"
#include "base/testing/temporary_folder.h"

namespace assay {
namespace {

std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(Sha256, MatchesThePublishedExamples) {
  EXPECT_EQ(sha256_of({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_of(as_bytes("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, OfAFileEqualsThatOfItsBytesAndTellsProgress) {
  const testing::TemporaryFolder folder;
  const std::vector<std::byte> bytes((8u << 20) + 3, std::byte{7});
  ASSERT_TRUE(write_file_atomically(folder.path() / "a", bytes));
  std::vector<std::uint64_t> steps;
  EXPECT_EQ(sha256_of_file(folder.path() / "a", [&](std::uint64_t n) { steps.push_back(n); }).value(),
            sha256_of(bytes));
  EXPECT_EQ(steps, (std::vector<std::uint64_t>{8u << 20, (8u << 20) + 3}));
  EXPECT_FALSE(sha256_of_file(folder.path() / "b"));
}

}  // namespace
}  // namespace assay
