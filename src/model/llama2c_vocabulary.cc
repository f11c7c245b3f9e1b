// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <cstring>

#include "base/mapped_file.h"
#include "model/llama2c.h"

namespace assay::model {
namespace {

static_assert(std::endian::native == std::endian::little, "llama2.c's files are little-endian");

constexpr std::int32_t kLongestToken = 1 << 16;
constexpr std::size_t kFirstByteToken = 3;

template <typename T>
T take(std::span<const std::byte>& bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes = bytes.subspan(sizeof value);
  return value;
}

TokenKind kind_of(std::size_t index) {
  if (index == 0) return TokenKind::kUnknown;
  if (index < kFirstByteToken) return TokenKind::kControl;
  return index < kFirstByteToken + 256 ? TokenKind::kByte : TokenKind::kNormal;
}

// llama2.c's file has newlines around <s>, and blanks where SentencePiece has its mark.
std::string spelled_as_in_gguf(std::size_t index, std::string_view text) {
  static constexpr std::string_view kFirst[] = {"<unk>", "<s>", "</s>"};
  if (index < kFirstByteToken) return std::string(kFirst[index]);
  std::string out;
  for (const char c : text) {
    if (c == ' ') {
      out += "\xe2\x96\x81";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

Result<ScoreVocabulary> read_llama2c_vocabulary(const std::filesystem::path& path, std::int64_t vocab) {
  ASSAY_TRY(const MappedFile file, MappedFile::open(path));
  std::span<const std::byte> bytes = file.bytes();
  constexpr std::int64_t kSmallest = kFirstByteToken + 256;
  if (vocab < kSmallest || bytes.size() < 4 || static_cast<std::uint64_t>(vocab) > (bytes.size() - 4) / 8) {
    return fail(ErrorCode::kCorrupt,
                "{}: {} bytes cannot hold a llama2.c tokenizer of {} tokens (at least {})", path.string(),
                bytes.size(), vocab, kSmallest);
  }
  (void)take<std::int32_t>(bytes);  // the longest token's length, which is not needed
  ScoreVocabulary data;
  data.vocabulary.unknown = 0;
  data.vocabulary.bos = 1;
  data.vocabulary.eos = 2;
  data.vocabulary.add_bos = true;
  for (std::size_t i = 0; i < static_cast<std::size_t>(vocab); ++i) {
    if (bytes.size() < 8)
      return fail(ErrorCode::kCorrupt, "{}: ends in token {} of {}", path.string(), i, vocab);
    data.scores.push_back(take<float>(bytes));
    const auto length = take<std::int32_t>(bytes);
    if (length < 0 || length > kLongestToken || static_cast<std::size_t>(length) > bytes.size()) {
      return fail(ErrorCode::kCorrupt, "{}: token {} is {} bytes long, but {} are left", path.string(), i,
                  length, bytes.size());
    }
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                                static_cast<std::size_t>(length));
    data.vocabulary.tokens.push_back(spelled_as_in_gguf(i, text));
    data.vocabulary.kinds.push_back(kind_of(i));
    bytes = bytes.subspan(static_cast<std::size_t>(length));
  }
  if (!bytes.empty()) {
    return fail(ErrorCode::kCorrupt,
                "{}: {} bytes follow the last of {} tokens; has the model another vocabulary?", path.string(),
                bytes.size(), vocab);
  }
  return data;
}

Result<std::unique_ptr<Tokenizer>> read_llama2c_tokenizer(const std::filesystem::path& path,
                                                          std::int64_t vocab) {
  ASSAY_TRY(ScoreVocabulary data, read_llama2c_vocabulary(path, vocab));
  return make_score_tokenizer(std::move(data), path.string());
}

}  // namespace assay::model
