// SPDX-License-Identifier: Apache-2.0
#include "model/zip.h"

#include <gmock/gmock.h>

#include "model/inflate.h"
#include "model/testing/zip_file.h"

namespace assay::model {
namespace {

using ::testing::HasSubstr;
using testing::zip_archive;

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

Result<std::string> unpack(const std::string& archive, std::string_view name) {
  ASSAY_TRY(const ZipMember member, find_zip_member(bytes_of(archive), name, "a.zip"));
  std::string text;
  const auto append = [&](std::span<const std::byte> chunk) -> Result<void> {
    text.append(reinterpret_cast<const char*>(chunk.data()), chunk.size());
    return {};
  };
  if (!member.is_deflated) {
    ASSAY_TRY_VOID(append(member.data));
    return text;
  }
  ASSAY_TRY_VOID(inflate(member.data, DeflateWrapper::kRaw, member.size, name, append));
  return text;
}

const std::string kLong(1'000'000, 'x');

TEST(Zip, UnpacksStoredAndDeflatedMembers) {
  for (const bool deflate : {false, true}) {
    const std::string archive = zip_archive({{"a", "first"}, {"dir/b", kLong}, {"empty", ""}}, deflate);
    EXPECT_EQ(unpack(archive, "a").value(), "first");
    EXPECT_TRUE(unpack(archive, "dir/b").value() == kLong);
    EXPECT_EQ(unpack(archive, "empty").value(), "");
    EXPECT_EQ(unpack(archive, "b").error().code, ErrorCode::kNotFound);
  }
}

TEST(Zip, RejectsEveryTruncatedPrefix) {
  const std::string archive = zip_archive({{"a", "first"}, {"b", "second"}}, true);
  for (std::size_t size = 0; size < archive.size(); ++size) {
    const std::string prefix = archive.substr(0, size);
    EXPECT_EQ(unpack(prefix, "a").error().code, ErrorCode::kCorrupt) << size;
  }
}

TEST(Zip, ReadsNothingOutsideADamagedArchive) {
  const std::string archive = zip_archive({{"a", "first"}, {"b", "second"}}, true);
  for (std::size_t i = 0; i < archive.size(); ++i) {
    for (const int change : {0x01, 0x80, 0xff}) {
      std::string damaged = archive;
      damaged[i] = static_cast<char>(damaged[i] ^ change);
      (void)unpack(damaged, "b");  // any answer, no access out of bounds: for AddressSanitizer
    }
  }
}

TEST(Zip, RefusesAMemberThatEndsOutsideTheArchive) {
  std::string archive = zip_archive({{"a", "first"}}, true);
  const std::size_t packed_size = archive.find("PK\x01\x02") + 20;
  archive.replace(packed_size, 4, std::string("\xff\xff\xff\x7f", 4));
  EXPECT_THAT(unpack(archive, "a").error().message, HasSubstr("member 'a' ends outside the archive"));
}

TEST(Inflate, StopsAtTheLimit) {
  const std::string archive = zip_archive({{"a", kLong}}, true);
  const auto member = find_zip_member(bytes_of(archive), "a", "a.zip").value();
  const auto none = [](std::span<const std::byte>) { return Result<void>{}; };
  EXPECT_EQ(inflate(member.data, DeflateWrapper::kRaw, kLong.size(), "a", none).value(), kLong.size());
  const auto over = inflate(member.data, DeflateWrapper::kRaw, kLong.size() - 1, "a", none);
  EXPECT_EQ(over.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(over.error().message, HasSubstr("more than 999999 bytes"));
}

TEST(Inflate, RefusesBytesBehindTheEndAndCutData) {
  const std::string data = testing::deflated("hello hello hello");
  const auto none = [](std::span<const std::byte>) { return Result<void>{}; };
  const auto run = [&](const std::string& bytes) {
    return inflate(bytes_of(bytes), DeflateWrapper::kRaw, 100, "a", none);
  };
  EXPECT_EQ(run(data).value(), 17u);
  EXPECT_THAT(run(data + "x").error().message, HasSubstr("1 bytes follow"));
  for (std::size_t size = 0; size < data.size(); ++size) {
    EXPECT_EQ(run(data.substr(0, size)).error().code, ErrorCode::kCorrupt) << size;
  }
}

}  // namespace
}  // namespace assay::model
