// SPDX-License-Identifier: Apache-2.0
#include "model/byte_bpe.h"

#include <utf8proc.h>

#include <array>
#include <cstdlib>
#include <unordered_map>

#include "base/text.h"
#include "model/byte_alphabet.h"
#include "model/merge_symbols.h"
#include "model/utf8_runs.h"

namespace assay::model {
namespace {

std::uint64_t pair_key(TokenId left, TokenId right) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 |
         static_cast<std::uint32_t>(right);
}
using MergeTable = std::unordered_map<std::uint64_t, Merge>;

std::string composed(std::string_view text) {
  std::string out;
  for_each_utf8_run(text, [&](std::string_view run, bool is_valid) {
    utf8proc_uint8_t* buffer = nullptr;
    const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    const auto* input = reinterpret_cast<const utf8proc_uint8_t*>(run.data());
    const utf8proc_ssize_t size =
        is_valid ? utf8proc_map(input, static_cast<utf8proc_ssize_t>(run.size()), &buffer, options) : -1;
    if (size < 0) {
      out += run;
    } else {
      out.append(reinterpret_cast<const char*>(buffer), static_cast<std::size_t>(size));
    }
    std::free(buffer);  // utf8proc allocates with malloc
  });
  return out;
}

class ByteBpeTokenizer final : public VocabularyTokenizer {
 public:
  ByteBpeTokenizer(ByteBpe data, std::vector<std::string> pieces, MergeTable merges)
      : VocabularyTokenizer(std::move(data.vocabulary), std::move(pieces)),
        merges_(std::move(merges)),
        pre_tokenizer_(std::move(data.pre_tokenizer)),
        ignore_merges_(data.ignore_merges),
        normalize_nfc_(data.normalize_nfc) {
    byte_ids_.fill(kNoToken);
    for (TokenId id = 0; id < vocab_size(); ++id) {
      if (vocabulary().kinds[static_cast<std::size_t>(id)] == TokenKind::kControl) continue;
      const std::string_view bytes = piece(id);
      if (bytes.size() == 1) byte_ids_[static_cast<unsigned char>(bytes[0])] = id;
      if (ignore_merges_ && !bytes.empty()) whole_pieces_.emplace(bytes, id);
    }
  }

 protected:
  void encode_plain(std::string_view text, std::vector<TokenId>& out) const override {
    const std::string normalized = normalize_nfc_ ? composed(text) : std::string();
    for (const std::string_view word : pre_tokenizer_.split(normalize_nfc_ ? normalized : text)) {
      encode_word(word, out);
    }
  }

 private:
  void encode_word(std::string_view word, std::vector<TokenId>& out) const {
    if (ignore_merges_) {
      if (const auto whole = whole_pieces_.find(word); whole != whole_pieces_.end()) {
        out.push_back(whole->second);
        return;
      }
    }
    std::vector<Symbol> symbols;
    symbols.reserve(word.size());
    for (std::size_t i = 0; i < word.size(); ++i) {
      symbols.push_back({i, 1, byte_ids_[static_cast<unsigned char>(word[i])]});
    }
    merge_symbols(symbols, [&](const Symbol& left, const Symbol& right) -> std::optional<Merge> {
      const auto found = merges_.find(pair_key(left.id, right.id));
      return found == merges_.end() ? std::nullopt : std::optional<Merge>(found->second);
    });
    for (const Symbol& symbol : symbols) {
      if (symbol.length > 0 && symbol.id != kNoToken) out.push_back(symbol.id);
    }
  }

  MergeTable merges_;
  PreTokenizer pre_tokenizer_;
  bool ignore_merges_;
  bool normalize_nfc_;
  std::array<TokenId, 256> byte_ids_;
  std::unordered_map<std::string_view, TokenId> whole_pieces_;  // views of the base's pieces
};

// The bytes of every token; a token outside the alphabet stands for its own text.
std::vector<std::string> token_bytes(const Vocabulary& vocabulary) {
  std::vector<std::string> pieces(vocabulary.tokens.size());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::string& text = vocabulary.tokens[i];
    switch (vocabulary.kinds[i]) {
      case TokenKind::kControl:
      case TokenKind::kUnknown:
        break;
      case TokenKind::kUserDefined:
        pieces[i] = text;
        break;
      default:
        pieces[i] = letters_to_bytes(text).value_or(text);
    }
  }
  return pieces;
}

Result<MergeTable> build_merges(const ByteBpe& data, std::string_view name) {
  std::unordered_map<std::string_view, TokenId> id_of;
  id_of.reserve(data.vocabulary.tokens.size());
  for (std::size_t i = 0; i < data.vocabulary.tokens.size(); ++i) {
    id_of.emplace(data.vocabulary.tokens[i], static_cast<TokenId>(i));
  }
  MergeTable table;
  table.reserve(data.merges.size());
  std::string both;
  for (std::size_t rank = 0; rank < data.merges.size(); ++rank) {
    const auto& [left, right] = data.merges[rank];
    both.assign(left).append(right);
    const auto a = id_of.find(left), b = id_of.find(right), merged = id_of.find(both);
    if (a == id_of.end() || b == id_of.end() || merged == id_of.end()) {
      const std::string_view missing = a == id_of.end() ? left : b == id_of.end() ? right : both;
      return fail(ErrorCode::kCorrupt, "{}: merge {} needs the token '{}', which is not in the vocabulary",
                  name, rank, printable(missing));
    }
    table.emplace(pair_key(a->second, b->second), Merge{static_cast<double>(rank), merged->second});
  }
  return table;
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> make_byte_bpe(ByteBpe data, std::string_view name) {
  ASSAY_TRY_VOID(check_vocabulary(data.vocabulary, name));
  ASSAY_TRY(MergeTable merges, build_merges(data, name));
  std::vector<std::string> pieces = token_bytes(data.vocabulary);
  return std::make_unique<ByteBpeTokenizer>(std::move(data), std::move(pieces), std::move(merges));
}

}  // namespace assay::model
