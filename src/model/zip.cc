// SPDX-License-Identifier: Apache-2.0
#include "model/zip.h"

#include <algorithm>

namespace assay::model {
namespace {

constexpr std::uint32_t kEndMark = 0x06054b50, kEntryMark = 0x02014b50, kLocalMark = 0x04034b50;
constexpr std::size_t kEndBytes = 22, kEntryBytes = 46, kLocalBytes = 30;
constexpr std::size_t kLongestComment = 0xffff;

// Little-endian numbers at an offset that was checked before.
std::uint32_t u16(std::span<const std::byte> bytes, std::size_t at) {
  return std::to_integer<std::uint32_t>(bytes[at]) | std::to_integer<std::uint32_t>(bytes[at + 1]) << 8;
}
std::uint32_t u32(std::span<const std::byte> bytes, std::size_t at) {
  return u16(bytes, at) | u16(bytes, at + 2) << 16;
}
bool has_room(std::span<const std::byte> bytes, std::uint64_t at, std::uint64_t size) {
  return at <= bytes.size() && size <= bytes.size() - at;
}

// The directory's end record stands last, but for a comment.
Result<std::size_t> find_end(std::span<const std::byte> archive, std::string_view archive_name) {
  if (archive.size() >= kEndBytes) {
    const std::size_t last = archive.size() - kEndBytes;
    const std::size_t first = last - std::min(last, kLongestComment);
    for (std::size_t at = last + 1; at-- > first;) {
      if (u32(archive, at) == kEndMark && at + kEndBytes + u16(archive, at + 20) == archive.size()) return at;
    }
  }
  return fail(ErrorCode::kCorrupt, "{}: this is not a zip archive, or it is cut short; get it again",
              archive_name);
}

Result<ZipMember> read_member(std::span<const std::byte> archive, std::span<const std::byte> entry,
                              std::string_view name, std::string_view archive_name) {
  const std::uint32_t flags = u16(entry, 8), method = u16(entry, 10);
  const std::uint32_t packed = u32(entry, 20), size = u32(entry, 24), local = u32(entry, 42);
  if ((flags & 1) != 0 || (method != 0 && method != 8) || packed == UINT32_MAX || size == UINT32_MAX) {
    return fail(ErrorCode::kUnsupported, "{}: member '{}' is encrypted, zip64 or packed by method {}",
                archive_name, name, method);
  }
  // The local header repeats name and extra field, perhaps with other lengths.
  if (!has_room(archive, local, kLocalBytes) || u32(archive, local) != kLocalMark) {
    return fail(ErrorCode::kCorrupt, "{}: member '{}' is not where the directory says", archive_name, name);
  }
  const std::uint64_t begin =
      std::uint64_t{local} + kLocalBytes + u16(archive, local + 26) + u16(archive, local + 28);
  if (!has_room(archive, begin, packed) || (method == 0 && packed != size)) {
    return fail(ErrorCode::kCorrupt, "{}: member '{}' ends outside the archive", archive_name, name);
  }
  return ZipMember{archive.subspan(begin, packed), method == 8, size};
}

}  // namespace

Result<ZipMember> find_zip_member(std::span<const std::byte> archive, std::string_view name,
                                  std::string_view archive_name) {
  ASSAY_TRY(const std::size_t end, find_end(archive, archive_name));
  const std::uint32_t count = u16(archive, end + 10);
  std::uint64_t at = u32(archive, end + 16);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!has_room(archive, at, kEntryBytes) || u32(archive, at) != kEntryMark) {
      return fail(ErrorCode::kCorrupt, "{}: entry {} of {} in the directory is damaged", archive_name, i,
                  count);
    }
    const std::uint64_t name_bytes = u16(archive, at + 28);
    const std::uint64_t entry_bytes =
        kEntryBytes + name_bytes + u16(archive, at + 30) + u16(archive, at + 32);
    if (!has_room(archive, at, entry_bytes)) {
      return fail(ErrorCode::kCorrupt, "{}: entry {} of {} ends outside the archive", archive_name, i, count);
    }
    const std::span<const std::byte> entry = archive.subspan(at, entry_bytes);
    const std::string_view entry_name(reinterpret_cast<const char*>(entry.data()) + kEntryBytes, name_bytes);
    if (entry_name == name) return read_member(archive, entry, name, archive_name);
    at += entry_bytes;
  }
  return fail(ErrorCode::kNotFound, "{}: there is no member '{}'", archive_name, name);
}

}  // namespace assay::model
