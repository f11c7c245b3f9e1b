// SPDX-License-Identifier: Apache-2.0
#pragma once
// SHA-256 (FIPS 180-4) by OpenSSL's libcrypto: identity of models and binaries in records and pinned
// downloads.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

namespace assay {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::span<const std::byte> bytes);
  // 64 lower-case hexadecimal digits. Call once, last.
  [[nodiscard]] std::string hex_digest();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] std::string sha256_of(std::span<const std::byte> bytes);

// Hashes a whole file; `progress`, if given, is told the bytes done so far now and then.
// Errors: those of MappedFile::open.
[[nodiscard]] Result<std::string> sha256_of_file(const std::filesystem::path& path,
                                                 const std::function<void(std::uint64_t)>& progress = {});

}  // namespace assay
