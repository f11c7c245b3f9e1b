// SPDX-License-Identifier: Apache-2.0
#include "model/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <vector>

#include "base/check.h"

namespace assay::model {
namespace {

struct Stream {
  z_stream z{};
  explicit Stream(DeflateWrapper wrapper) {
    const int window_bits =
        wrapper == DeflateWrapper::kRaw ? -MAX_WBITS : MAX_WBITS + 16;  // zlib's way to say it
    ASSAY_CHECK(inflateInit2(&z, window_bits) == Z_OK, "zlib cannot start");
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { inflateEnd(&z); }
};

}  // namespace

Result<std::size_t> inflate(std::span<const std::byte> input, DeflateWrapper wrapper, std::size_t limit_bytes,
                            std::string_view name,
                            const std::function<Result<void>(std::span<const std::byte>)>& sink) {
  Stream stream(wrapper);
  std::vector<std::byte> chunk(1 << 18);
  std::size_t consumed = 0, produced = 0;
  for (int status = Z_OK; status != Z_STREAM_END;) {
    if (stream.z.avail_in == 0) {  // zlib counts in 32 bits
      const std::size_t portion = std::min<std::size_t>(input.size() - consumed, 1u << 30);
      stream.z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(input.data() + consumed));
      stream.z.avail_in = static_cast<uInt>(portion);
      consumed += portion;
    }
    stream.z.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.z.avail_out = static_cast<uInt>(chunk.size());
    status = ::inflate(&stream.z, Z_NO_FLUSH);
    if (status == Z_BUF_ERROR) {
      return fail(ErrorCode::kCorrupt, "{}: the compressed data is cut short; get the file again", name);
    }
    if (status != Z_OK && status != Z_STREAM_END) {
      return fail(ErrorCode::kCorrupt, "{}: the compressed data is damaged ({}); get the file again", name,
                  stream.z.msg != nullptr ? stream.z.msg : "zlib error");
    }
    const std::size_t size = chunk.size() - stream.z.avail_out;
    produced += size;
    if (produced > limit_bytes) {
      return fail(ErrorCode::kUnsupported, "{}: more than {} bytes when decompressed", name, limit_bytes);
    }
    if (size > 0) ASSAY_TRY_VOID(sink(std::span<const std::byte>(chunk).first(size)));
  }
  const std::size_t left = input.size() - consumed + stream.z.avail_in;
  if (left > 0) return fail(ErrorCode::kCorrupt, "{}: {} bytes follow the compressed data", name, left);
  return produced;
}

bool is_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

Result<std::string> gunzip(std::span<const std::byte> input, std::size_t limit_bytes, std::string_view name) {
  std::string text;
  ASSAY_TRY_VOID(
      inflate(input, DeflateWrapper::kGzip, limit_bytes, name, [&](std::span<const std::byte> bytes) {
        text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return Result<void>{};
      }));
  return text;
}

}  // namespace assay::model
