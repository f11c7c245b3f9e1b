// SPDX-License-Identifier: Apache-2.0
#include "model/score_tokenizer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <unordered_map>

#include "base/text.h"
#include "model/merge_symbols.h"
#include "model/utf8_runs.h"

namespace assay::model {
namespace {

constexpr std::string_view kSpaceMark = "\xe2\x96\x81";  // U+2581

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text.substr(i).starts_with(from)) {
      out += to;
      i += from.size();
    } else {
      out += text[i++];
    }
  }
  return out;
}

std::optional<std::uint8_t> byte_of(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(token.data() + 3, token.data() + 5, value, 16);
  if (error != std::errc() || end != token.data() + 5) return std::nullopt;
  return static_cast<std::uint8_t>(value);
}

class ScoreTokenizer final : public VocabularyTokenizer {
 public:
  ScoreTokenizer(ScoreVocabulary data, std::vector<std::string> pieces)
      : VocabularyTokenizer(std::move(data.vocabulary), std::move(pieces)),
        scores_(std::move(data.scores)),
        add_space_prefix_(data.add_space_prefix) {
    byte_ids_.fill(vocabulary().unknown.value_or(kNoToken));
    for (TokenId id = 0; id < vocab_size(); ++id) {
      const TokenKind kind = vocabulary().kinds[static_cast<std::size_t>(id)];
      if (kind == TokenKind::kByte) byte_ids_[static_cast<unsigned char>(piece(id)[0])] = id;
      if (kind == TokenKind::kNormal || kind == TokenKind::kUserDefined) {
        id_of_.emplace(vocabulary().tokens[static_cast<std::size_t>(id)], id);
      }
    }
  }

 protected:
  void encode_plain(std::string_view text, std::vector<TokenId>& out) const override {
    const std::string marked =
        (add_space_prefix_ ? std::string(kSpaceMark) : "") + replace_all(text, " ", kSpaceMark);
    std::vector<Symbol> symbols = characters(marked);
    merge_symbols(symbols, [&](const Symbol& left, const Symbol& right) -> std::optional<Merge> {
      const TokenId id = find(std::string_view(marked).substr(left.begin, left.length + right.length));
      if (id == kNoToken) return std::nullopt;
      return Merge{-static_cast<double>(scores_[static_cast<std::size_t>(id)]), id};
    });
    for (const Symbol& symbol : symbols) append(symbol, marked, out);
  }

 private:
  [[nodiscard]] TokenId find(std::string_view text) const {
    const auto found = id_of_.find(text);
    return found == id_of_.end() ? kNoToken : found->second;
  }

  [[nodiscard]] std::vector<Symbol> characters(std::string_view text) const {
    std::vector<Symbol> symbols;
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t length = std::max<std::size_t>(1, utf8_character_length(text.substr(i)));
      symbols.push_back({i, length, find(text.substr(i, length))});
      i += length;
    }
    return symbols;
  }

  void append(const Symbol& symbol, std::string_view text, std::vector<TokenId>& out) const {
    if (symbol.length == 0) return;
    if (symbol.id != kNoToken) {
      out.push_back(symbol.id);
      return;
    }
    for (const char byte : text.substr(symbol.begin, symbol.length)) {
      const TokenId id = byte_ids_[static_cast<unsigned char>(byte)];
      if (id != kNoToken) out.push_back(id);
    }
  }

  std::vector<float> scores_;
  bool add_space_prefix_;
  std::array<TokenId, 256> byte_ids_;
  std::unordered_map<std::string_view, TokenId> id_of_;  // views of the base's tokens
};

Result<std::vector<std::string>> token_bytes(const Vocabulary& vocabulary, std::string_view name) {
  std::vector<std::string> pieces(vocabulary.tokens.size());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::string& text = vocabulary.tokens[i];
    switch (vocabulary.kinds[i]) {
      case TokenKind::kControl:
      case TokenKind::kUnknown:
        break;
      case TokenKind::kByte: {
        const auto byte = byte_of(text);
        if (!byte) {
          return fail(ErrorCode::kCorrupt,
                      "{}: token {} is a byte token but reads '{}', expected <0x00> to <0xFF>", name, i,
                      printable(text));
        }
        pieces[i] = {static_cast<char>(*byte)};
        break;
      }
      default:
        pieces[i] = replace_all(text, kSpaceMark, " ");
    }
  }
  return pieces;
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> make_score_tokenizer(ScoreVocabulary data, std::string_view name) {
  ASSAY_TRY_VOID(check_vocabulary(data.vocabulary, name));
  if (data.scores.size() != data.vocabulary.tokens.size()) {
    return fail(ErrorCode::kCorrupt, "{}: {} scores for {} tokens", name, data.scores.size(),
                data.vocabulary.tokens.size());
  }
  for (std::size_t i = 0; i < data.scores.size(); ++i) {
    if (std::isnan(data.scores[i]))
      return fail(ErrorCode::kCorrupt, "{}: the score of token {} is NaN", name, i);
  }
  ASSAY_TRY(std::vector<std::string> pieces, token_bytes(data.vocabulary, name));
  return std::make_unique<ScoreTokenizer>(std::move(data), std::move(pieces));
}

}  // namespace assay::model
