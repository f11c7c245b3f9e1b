// SPDX-License-Identifier: Apache-2.0
#pragma once
// The part that every tokenizer shares: tokens with their kinds, and special tokens found inside a text.
// Not supported: special tokens that swallow the spaces around them (lstrip, rstrip) or match whole words
// only.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/tokenizer.h"

namespace assay::model {

// The numbers of tokenizer.ggml.token_type.
enum class TokenKind : std::uint8_t { kNormal = 1, kUnknown, kControl, kUserDefined, kUnused, kByte };

struct Vocabulary {
  std::vector<std::string> tokens;  // as the tokenizer's file writes them
  std::vector<TokenKind> kinds;     // one for each token
  std::optional<TokenId> bos, eos, unknown;
  std::vector<TokenId> ends;  // further tokens that end a turn
  bool add_bos = false;
  bool add_eos = false;
};

// Checks that there are tokens, that every token has a kind and that the ids above exist. Errors: kCorrupt.
[[nodiscard]] Result<void> check_vocabulary(const Vocabulary& vocabulary, std::string_view name);

// A tokenizer but for the two things in which kinds differ: how plain text becomes ids, and what bytes a
// token stands for. Special tokens are split off here: those of kind kUserDefined always, those of kind
// kControl and kUnknown with EncodeOptions::parse_special; of several that match, the leftmost, then the
// longest.
class VocabularyTokenizer : public Tokenizer {
 public:
  [[nodiscard]] std::vector<TokenId> encode(std::string_view text, EncodeOptions options) const final;
  [[nodiscard]] std::string_view piece(TokenId id) const final;
  [[nodiscard]] std::int64_t vocab_size() const final {
    return static_cast<std::int64_t>(vocabulary_.tokens.size());
  }
  [[nodiscard]] std::optional<TokenId> bos() const final { return vocabulary_.bos; }
  [[nodiscard]] std::optional<TokenId> eos() const final { return vocabulary_.eos; }
  [[nodiscard]] bool is_end(TokenId id) const final;
  [[nodiscard]] std::optional<TokenId> find_special(std::string_view text) const final;

 protected:
  // `pieces` are the bytes of each token. Requires a vocabulary that passed check_vocabulary.
  VocabularyTokenizer(Vocabulary vocabulary, std::vector<std::string> pieces);

  // Appends the ids of `text`, a stretch without special tokens: it begins the whole text or follows such a
  // token.
  virtual void encode_plain(std::string_view text, std::vector<TokenId>& out) const = 0;

  [[nodiscard]] const Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  struct Match {
    std::size_t begin;
    std::size_t length;
    TokenId id;
  };
  [[nodiscard]] std::optional<Match> next_special(std::string_view text, std::size_t from,
                                                  bool parse_special) const;

  Vocabulary vocabulary_;
  std::vector<std::string> pieces_;
  std::unordered_map<std::string_view, TokenId> special_by_text_;
  std::array<std::vector<TokenId>, 256> special_by_first_byte_;  // longest first
};

// The ids of tokens whose text says that a turn ends ("<|im_end|>", "<|endoftext|>", "</s>", ...), among the
// special tokens. GGUF files often name only one of them.
[[nodiscard]] std::vector<TokenId> tokens_that_end_a_turn(const Vocabulary& vocabulary);

}  // namespace assay::model
