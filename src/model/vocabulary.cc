// SPDX-License-Identifier: Apache-2.0
#include "model/vocabulary.h"

#include <algorithm>

#include "base/check.h"

namespace assay::model {
namespace {

bool is_special(TokenKind kind) {
  return kind == TokenKind::kControl || kind == TokenKind::kUserDefined || kind == TokenKind::kUnknown;
}

}  // namespace

Result<void> check_vocabulary(const Vocabulary& vocabulary, std::string_view name) {
  const auto size = static_cast<std::int64_t>(vocabulary.tokens.size());
  if (size == 0) return fail(ErrorCode::kCorrupt, "{}: the vocabulary is empty", name);
  if (size > INT32_MAX) return fail(ErrorCode::kCorrupt, "{}: {} tokens do not fit in 31 bits", name, size);
  if (vocabulary.kinds.size() != vocabulary.tokens.size()) {
    return fail(ErrorCode::kCorrupt, "{}: {} token types for {} tokens", name, vocabulary.kinds.size(), size);
  }
  const auto check = [&](std::optional<TokenId> id, std::string_view role) -> Result<void> {
    if (!id || (*id >= 0 && *id < size)) return {};
    return fail(ErrorCode::kCorrupt, "{}: the {} token is {}, but there are {} tokens", name, role, *id,
                size);
  };
  ASSAY_TRY_VOID(check(vocabulary.bos, "bos"));
  ASSAY_TRY_VOID(check(vocabulary.eos, "eos"));
  ASSAY_TRY_VOID(check(vocabulary.unknown, "unknown"));
  for (const TokenId id : vocabulary.ends) ASSAY_TRY_VOID(check(id, "end-of-turn"));
  return {};
}

VocabularyTokenizer::VocabularyTokenizer(Vocabulary vocabulary, std::vector<std::string> pieces)
    : vocabulary_(std::move(vocabulary)), pieces_(std::move(pieces)) {
  ASSAY_CHECK(pieces_.size() == vocabulary_.tokens.size());
  ASSAY_CHECK(vocabulary_.kinds.size() == vocabulary_.tokens.size());
  for (TokenId id = 0; id < vocab_size(); ++id) {
    const std::string& text = vocabulary_.tokens[static_cast<std::size_t>(id)];
    const TokenKind kind = vocabulary_.kinds[static_cast<std::size_t>(id)];
    if (text.empty() || !is_special(kind) || !special_by_text_.emplace(text, id).second) continue;
    special_by_first_byte_[static_cast<unsigned char>(text[0])].push_back(id);
  }
  for (auto& ids : special_by_first_byte_) {
    std::stable_sort(ids.begin(), ids.end(), [&](TokenId a, TokenId b) {
      return vocabulary_.tokens[static_cast<std::size_t>(a)].size() >
             vocabulary_.tokens[static_cast<std::size_t>(b)].size();
    });
  }
}

std::optional<VocabularyTokenizer::Match> VocabularyTokenizer::next_special(std::string_view text,
                                                                            std::size_t from,
                                                                            bool parse_special) const {
  for (std::size_t i = from; i < text.size(); ++i) {
    for (const TokenId id : special_by_first_byte_[static_cast<unsigned char>(text[i])]) {
      const std::string& token = vocabulary_.tokens[static_cast<std::size_t>(id)];
      const bool wanted =
          parse_special || vocabulary_.kinds[static_cast<std::size_t>(id)] == TokenKind::kUserDefined;
      if (wanted && text.substr(i).starts_with(token)) return Match{i, token.size(), id};
    }
  }
  return std::nullopt;
}

std::vector<TokenId> VocabularyTokenizer::encode(std::string_view text, EncodeOptions options) const {
  std::vector<TokenId> ids;
  if (options.add_special && vocabulary_.add_bos && vocabulary_.bos) ids.push_back(*vocabulary_.bos);
  std::size_t begin = 0;
  while (begin < text.size()) {
    const auto special = next_special(text, begin, options.parse_special);
    const std::size_t end = special ? special->begin : text.size();
    if (end > begin) encode_plain(text.substr(begin, end - begin), ids);
    if (special) ids.push_back(special->id);
    begin = special ? end + special->length : end;
  }
  if (options.add_special && vocabulary_.add_eos && vocabulary_.eos) ids.push_back(*vocabulary_.eos);
  return ids;
}

std::string_view VocabularyTokenizer::piece(TokenId id) const {
  ASSAY_CHECK(id >= 0 && id < vocab_size(), "token {} of {}", id, vocab_size());
  return pieces_[static_cast<std::size_t>(id)];
}

bool VocabularyTokenizer::is_end(TokenId id) const {
  return id == vocabulary_.eos ||
         std::find(vocabulary_.ends.begin(), vocabulary_.ends.end(), id) != vocabulary_.ends.end();
}

std::optional<TokenId> VocabularyTokenizer::find_special(std::string_view text) const {
  const auto found = special_by_text_.find(text);
  return found == special_by_text_.end() ? std::nullopt : std::optional<TokenId>(found->second);
}

std::vector<TokenId> tokens_that_end_a_turn(const Vocabulary& vocabulary) {
  static constexpr std::array<std::string_view, 9> kEnds = {
      "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>",
      "<|end|>",    "<end_of_turn>", "</s>",       "<eos>"};
  std::vector<TokenId> ids;
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    if (!is_special(vocabulary.kinds[i])) continue;
    if (std::find(kEnds.begin(), kEnds.end(), vocabulary.tokens[i]) != kEnds.end()) {
      ids.push_back(static_cast<TokenId>(i));
    }
  }
  return ids;
}

}  // namespace assay::model
