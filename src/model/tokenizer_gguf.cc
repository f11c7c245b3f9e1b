// SPDX-License-Identifier: Apache-2.0
// read_tokenizer: the keys tokenizer.ggml.* of a GGUF file.
#include "base/text.h"
#include "model/byte_bpe.h"
#include "model/score_tokenizer.h"

namespace assay::model {
namespace {

using values::GgufFile;

Result<bool> boolean_or(const GgufFile& file, std::string_view key, bool standard) {
  if (!file.contains(key)) return standard;
  return file.boolean(key);
}

// A token id; the range is checked later by check_vocabulary.
Result<std::optional<TokenId>> token_id(const GgufFile& file, std::string_view key) {
  if (!file.contains(key)) return std::nullopt;
  ASSAY_TRY(const std::int64_t id, file.integer(key));
  if (id < 0 || id > INT32_MAX)
    return fail(ErrorCode::kCorrupt, "{}: {} is {}, no token", file.name(), key, id);
  return static_cast<TokenId>(id);
}

Result<std::vector<TokenKind>> read_kinds(const GgufFile& file, std::size_t count) {
  if (!file.contains("tokenizer.ggml.token_type")) return std::vector<TokenKind>(count, TokenKind::kNormal);
  ASSAY_TRY(const auto numbers_in_file, file.integers("tokenizer.ggml.token_type"));
  std::vector<TokenKind> kinds;
  for (const std::int64_t kind : numbers_in_file) {
    if (kind < 1 || kind > 6) {
      return fail(ErrorCode::kCorrupt, "{}: tokenizer.ggml.token_type has the number {}, expected 1 to 6",
                  file.name(), kind);
    }
    kinds.push_back(static_cast<TokenKind>(kind));
  }
  return kinds;
}

Result<Vocabulary> read_vocabulary(const GgufFile& file, bool adds_bos) {
  Vocabulary vocabulary;
  ASSAY_TRY(const auto tokens, file.strings("tokenizer.ggml.tokens"));
  vocabulary.tokens.assign(tokens.begin(), tokens.end());
  ASSAY_TRY(vocabulary.kinds, read_kinds(file, tokens.size()));
  ASSAY_TRY(vocabulary.bos, token_id(file, "tokenizer.ggml.bos_token_id"));
  ASSAY_TRY(vocabulary.eos, token_id(file, "tokenizer.ggml.eos_token_id"));
  ASSAY_TRY(vocabulary.unknown, token_id(file, "tokenizer.ggml.unknown_token_id"));
  ASSAY_TRY(vocabulary.add_bos, boolean_or(file, "tokenizer.ggml.add_bos_token", adds_bos));
  ASSAY_TRY(vocabulary.add_eos, boolean_or(file, "tokenizer.ggml.add_eos_token", false));
  ASSAY_TRY_VOID(check_vocabulary(vocabulary, file.name()));
  vocabulary.ends = tokens_that_end_a_turn(vocabulary);
  for (const std::string_view key : {"tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"}) {
    ASSAY_TRY(const auto id, token_id(file, key));
    if (id) vocabulary.ends.push_back(*id);
  }
  return vocabulary;
}

Result<std::unique_ptr<Tokenizer>> read_byte_bpe(const GgufFile& file) {
  ASSAY_TRY(const std::string pre, file.string("tokenizer.ggml.pre"));
  auto pre_tokenizer = PreTokenizer::named(pre);
  if (!pre_tokenizer) return tl::unexpected(pre_tokenizer.error().with_context(file.name()));
  const bool is_llama3 = pre == "llama-bpe";
  ASSAY_TRY(Vocabulary vocabulary, read_vocabulary(file, is_llama3));
  ByteBpe data{std::move(vocabulary), {}, std::move(*pre_tokenizer), is_llama3, false};
  ASSAY_TRY(const auto merges, file.strings("tokenizer.ggml.merges"));
  data.merges.reserve(merges.size());
  for (const std::string& merge : merges) {
    const std::size_t space = merge.find(' ', 1);
    if (space == std::string::npos || space + 1 == merge.size()) {
      return fail(ErrorCode::kCorrupt, "{}: tokenizer.ggml.merges has '{}', expected two tokens and a space",
                  file.name(), printable(merge));
    }
    data.merges.emplace_back(merge.substr(0, space), merge.substr(space + 1));
  }
  return make_byte_bpe(std::move(data), file.name());
}

Result<std::unique_ptr<Tokenizer>> read_score_tokenizer(const GgufFile& file) {
  ScoreVocabulary data;
  ASSAY_TRY(data.vocabulary, read_vocabulary(file, true));
  ASSAY_TRY(const std::vector<double> scores, file.numbers("tokenizer.ggml.scores"));
  data.scores.assign(scores.begin(), scores.end());
  ASSAY_TRY(data.add_space_prefix, boolean_or(file, "tokenizer.ggml.add_space_prefix", true));
  return make_score_tokenizer(std::move(data), file.name());
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> read_tokenizer(const GgufFile& file) {
  ASSAY_TRY(const std::string model, file.string("tokenizer.ggml.model"));
  if (model == "gpt2") return read_byte_bpe(file);
  if (model == "llama") return read_score_tokenizer(file);
  return fail(ErrorCode::kUnsupported, "{}: tokenizer model '{}' is not supported; supported: gpt2, llama",
              file.name(), model);
}

}  // namespace assay::model
