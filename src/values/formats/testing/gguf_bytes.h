// SPDX-License-Identifier: Apache-2.0
#pragma once
// Builds GGUF files by hand, right or wrong, for tests of the reader. Independent of GgufWriter on purpose.
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace assay::values::testing {

struct GgufBytes {
  std::vector<std::byte> bytes;

  template <typename T>
  GgufBytes& put(T value) {
    const auto* raw = reinterpret_cast<const std::byte*>(&value);
    bytes.insert(bytes.end(), raw, raw + sizeof(T));
    return *this;
  }
  GgufBytes& raw(std::string_view text) {
    for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
    return *this;
  }
  GgufBytes& text(std::string_view value) { return put<std::uint64_t>(value.size()).raw(value); }
  GgufBytes& header(std::uint64_t tensors, std::uint64_t entries, std::uint32_t version = 3) {
    return raw("GGUF").put(version).put(tensors).put(entries);
  }
  GgufBytes& key(std::string_view name, std::uint32_t type) { return text(name).put(type); }
  GgufBytes& tensor(std::string_view name, std::vector<std::uint64_t> dims, std::uint32_t type,
                    std::uint64_t offset) {
    text(name).put(static_cast<std::uint32_t>(dims.size()));
    for (const std::uint64_t dim : dims) put(dim);
    return put(type).put(offset);
  }
  GgufBytes& pad(std::size_t alignment = 32) {
    while (bytes.size() % alignment != 0) bytes.push_back(std::byte{0});
    return *this;
  }
  GgufBytes& zeros(std::size_t count) {
    bytes.resize(bytes.size() + count);
    return *this;
  }
};

}  // namespace assay::values::testing
