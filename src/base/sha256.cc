// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <openssl/evp.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/mapped_file.h"

namespace assay {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  ASSAY_CHECK(state_->context != nullptr && EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  ASSAY_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Sha256::hex_digest() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  ASSAY_CHECK(EVP_DigestFinal_ex(state_->context, digest.data(), &length) == 1);
  std::string text;
  for (unsigned i = 0; i < length; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

std::string sha256_of(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex_digest();
}

Result<std::string> sha256_of_file(const std::filesystem::path& path,
                                   const std::function<void(std::uint64_t)>& progress) {
  ASSAY_TRY(const MappedFile file, MappedFile::open(path));
  constexpr std::size_t kPiece = 8u << 20;
  Sha256 hash;
  auto rest = file.bytes();
  while (!rest.empty()) {
    const auto piece = rest.first(std::min(kPiece, rest.size()));
    hash.update(piece);
    // A large model would count in this process's memory as a whole otherwise; pieces start on page borders.
    madvise(const_cast<std::byte*>(piece.data()), piece.size(), MADV_DONTNEED);
    rest = rest.subspan(piece.size());
    if (progress) progress(file.bytes().size() - rest.size());
  }
  return hash.hex_digest();
}

}  // namespace assay
