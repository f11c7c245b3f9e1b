// SPDX-License-Identifier: Apache-2.0
#pragma once
// Deflate-compressed bytes (zlib) with a bound on what comes out, as a small file can claim to hold anything.
// Not supported: compressing; preset dictionaries; several gzip members in one file.
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace assay::model {

enum class DeflateWrapper { kRaw, kGzip };  // kRaw is what zip archives hold

// Decompresses all of `input` and passes the output on in chunks. `name` opens messages. Returns the bytes
// that came out. Errors: kCorrupt if the data is damaged, cut short or followed by more bytes; kUnsupported
// if more than `limit_bytes` come out; those of `sink`.
[[nodiscard]] Result<std::size_t> inflate(
    std::span<const std::byte> input, DeflateWrapper wrapper, std::size_t limit_bytes, std::string_view name,
    const std::function<Result<void>(std::span<const std::byte>)>& sink);

// Whether the bytes begin as a gzip file does.
[[nodiscard]] bool is_gzip(std::span<const std::byte> bytes);

// The whole decompressed text of a gzip file. Errors as above.
[[nodiscard]] Result<std::string> gunzip(std::span<const std::byte> input, std::size_t limit_bytes,
                                         std::string_view name);

}  // namespace assay::model
