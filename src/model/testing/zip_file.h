// SPDX-License-Identifier: Apache-2.0
#pragma once
// A zip archive made from texts, for tests of the reader and of downloads.
#include <zlib.h>

#include <string>
#include <utility>
#include <vector>

#include "base/check.h"

namespace assay::model::testing {

inline std::string deflated(const std::string& content) {
  z_stream stream{};
  ASSAY_CHECK(deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ASSAY_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline void put(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

inline std::string zip_archive(const std::vector<std::pair<std::string, std::string>>& members,
                               bool deflate_them) {
  std::string archive, directory;
  for (const auto& [name, content] : members) {
    const std::string data = deflate_them ? deflated(content) : content;
    std::string common;  // what the local header and the directory share
    put(common, 20, 2);  // version needed
    put(common, 0, 2);   // flags
    put(common, deflate_them ? 8 : 0, 2);
    put(common, 0x00210000, 4);  // 1980-01-01
    put(common,
        static_cast<std::uint32_t>(
            crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()))),
        4);
    put(common, static_cast<std::uint32_t>(data.size()), 4);
    put(common, static_cast<std::uint32_t>(content.size()), 4);
    put(common, static_cast<std::uint32_t>(name.size()), 2);
    put(common, 0, 2);  // extra field
    put(directory, 0x02014b50, 4);
    put(directory, 20, 2);  // made by
    directory += common;
    directory.append(2 + 2 + 2 + 4, '\0');  // comment, disk, internal and external attributes
    put(directory, static_cast<std::uint32_t>(archive.size()), 4);
    directory += name;
    put(archive, 0x04034b50, 4);
    archive += common + name + data;
  }
  const auto start = static_cast<std::uint32_t>(archive.size());
  archive += directory;
  put(archive, 0x06054b50, 4);
  put(archive, 0, 4);  // disks
  put(archive, static_cast<std::uint32_t>(members.size()), 2);
  put(archive, static_cast<std::uint32_t>(members.size()), 2);
  put(archive, static_cast<std::uint32_t>(directory.size()), 4);
  put(archive, start, 4);
  put(archive, 0, 2);  // comment
  return archive;
}

}  // namespace assay::model::testing
