// SPDX-License-Identifier: Apache-2.0
// read_gpt2_tokenizer: the pair of files that GPT-2 was published with.
#include <nlohmann/json.hpp>

#include "base/mapped_file.h"
#include "base/text.h"
#include "model/byte_bpe.h"

namespace assay::model {
namespace {

constexpr std::string_view kEndOfText = "<|endoftext|>";

// A JSON object from token to id, the ids being 0 to n - 1.
Result<Vocabulary> read_encoder(std::string_view text, std::string_view name) {
  const auto encoder = nlohmann::json::parse(text, nullptr, false);
  if (!encoder.is_object())
    return fail(ErrorCode::kCorrupt, "{}: this is not a JSON object of token ids", name);
  Vocabulary vocabulary;
  vocabulary.tokens.resize(encoder.size());
  vocabulary.kinds.resize(encoder.size(), TokenKind::kUnused);
  for (const auto& [token, id] : encoder.items()) {
    const std::size_t index = id.is_number_unsigned() ? id.get<std::size_t>() : encoder.size();
    if (index >= encoder.size() || vocabulary.kinds[index] != TokenKind::kUnused) {
      return fail(ErrorCode::kCorrupt, "{}: the id of '{}' is not a number of its own below {}", name,
                  printable(token), encoder.size());
    }
    vocabulary.tokens[index] = token;
    vocabulary.kinds[index] = token == kEndOfText ? TokenKind::kControl : TokenKind::kNormal;
    if (token == kEndOfText) vocabulary.bos = vocabulary.eos = static_cast<TokenId>(index);
  }
  return vocabulary;
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> read_gpt2_tokenizer(const std::filesystem::path& encoder_json,
                                                       const std::filesystem::path& vocab_bpe) {
  ASSAY_TRY(const std::string encoder_text, read_text_file(encoder_json));
  ASSAY_TRY(const std::string merges_text, read_text_file(vocab_bpe));
  ASSAY_TRY(PreTokenizer pre_tokenizer, PreTokenizer::named("gpt-2"));
  ASSAY_TRY(Vocabulary vocabulary, read_encoder(encoder_text, encoder_json.string()));
  ByteBpe data{std::move(vocabulary), {}, std::move(pre_tokenizer), false, false};
  for (const std::string_view line : split(merges_text, '\n')) {
    if (line.empty() || line.starts_with("#version")) continue;
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) {
      return fail(ErrorCode::kCorrupt, "{}: line '{}' is not two tokens and a space", vocab_bpe.string(),
                  printable(line));
    }
    data.merges.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  return make_byte_bpe(std::move(data), vocab_bpe.string());
}

}  // namespace assay::model
