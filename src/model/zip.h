// SPDX-License-Identifier: Apache-2.0
#pragma once
// One member of a zip archive, which is what a Python wheel is.
// Source: PKWARE's APPNOTE.TXT, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end).
// Not supported: zip64 (archives of 4 GB and more), encryption, archives split over several files, methods
// other than stored and deflated. The checksum in the archive is not looked at: the caller compares a
// SHA-256.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace assay::model {

struct ZipMember {
  std::span<const std::byte> data;  // as stored, inside the archive's bytes
  bool is_deflated = false;
  std::uint64_t size = 0;  // when unpacked
};

// Finds the member `name`. `archive_name` opens messages. Errors: kCorrupt, kUnsupported, kNotFound.
[[nodiscard]] Result<ZipMember> find_zip_member(std::span<const std::byte> archive, std::string_view name,
                                                std::string_view archive_name);

}  // namespace assay::model
