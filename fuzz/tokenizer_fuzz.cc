// SPDX-License-Identifier: Apache-2.0
// The first byte picks what the rest is: text for a sound tokenizer, which must give it back byte by byte, or
// something hostile for a reader of the room: a vocabulary, a tokenizer.json, a GGUF file, a chat template, a
// zip archive.
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "model/byte_bpe.h"
#include "model/chat_template.h"
#include "model/inflate.h"
#include "model/score_tokenizer.h"
#include "model/synth_vocabulary.h"
#include "model/tokenizer_json.h"
#include "model/weights.h"
#include "model/zip.h"

namespace {

using namespace assay;
using namespace assay::model;

std::unique_ptr<Tokenizer> sound_byte_bpe(std::string_view pre_tokenizer, bool ignores_merges, bool nfc) {
  SynthVocabulary words = synthesise_vocabulary(2000, 1).value();
  ByteBpe data{
      std::move(words.vocabulary), {}, PreTokenizer::named(pre_tokenizer).value(), ignores_merges, nfc};
  for (const std::string& merge : words.merges) {
    const std::size_t space = merge.find(' ');
    data.merges.emplace_back(merge.substr(0, space), merge.substr(space + 1));
  }
  return make_byte_bpe(std::move(data), "fuzz").value();
}

std::unique_ptr<Tokenizer> sound_score_tokenizer() {
  ScoreVocabulary data;
  data.add_space_prefix = false;
  for (int byte = 0; byte < 256; ++byte) data.vocabulary.tokens.push_back(fmt::format("<0x{:02X}>", byte));
  data.vocabulary.kinds.assign(256, TokenKind::kByte);
  for (const char* piece : {"\xe2\x96\x81", "a", "b", "ab", "aba",
                            "\xe2\x96\x81"
                            "a",
                            "\xc3\xa9", "\xe2\x96\x81\xe2\x96\x81"}) {
    data.vocabulary.tokens.emplace_back(piece);
    data.vocabulary.kinds.push_back(TokenKind::kNormal);
  }
  for (std::size_t i = 0; i < data.vocabulary.tokens.size(); ++i)
    data.scores.push_back(-static_cast<float>(i));
  return make_score_tokenizer(std::move(data), "fuzz").value();
}

// Encodes and streams `text`; every id exists and every chunk that the stream gives is UTF-8.
std::string encode_and_decode(const Tokenizer& tokenizer, std::string_view text, EncodeOptions options) {
  const std::vector<TokenId> ids = tokenizer.encode(text, options);
  StreamDecoder stream(tokenizer);
  for (const TokenId id : ids) {
    ASSAY_CHECK(id >= 0 && id < tokenizer.vocab_size());
    ASSAY_CHECK(is_utf8(stream.add(id)));
  }
  ASSAY_CHECK(is_utf8(stream.finish()));
  return tokenizer.decode(ids);
}

std::string with_spaces_for_marks(std::string_view text) {
  std::string out(text);
  for (std::size_t at; (at = out.find("\xe2\x96\x81")) != std::string::npos;) out.replace(at, 3, " ");
  return out;
}

void keep_text(std::string_view kind, const Tokenizer& tokenizer, std::string_view text) {
  ASSAY_CHECK(encode_and_decode(tokenizer, text, {}) == text, "{}", kind);
  (void)encode_and_decode(tokenizer, text, {.add_special = true, .parse_special = true});
}

// Lines of "<kind><token>", then an empty line, then lines of "left right".
void hostile_vocabulary(std::string_view text) {
  ByteBpe data{{}, {}, PreTokenizer::named("gpt-2").value()};
  bool in_merges = false;
  for (const std::string_view line : split(text, '\n')) {
    const std::size_t space = line.find(' ');
    if (line.empty()) {
      in_merges = true;
    } else if (!in_merges) {
      data.vocabulary.kinds.push_back(
          static_cast<TokenKind>(1 + (static_cast<unsigned char>(line[0]) & 7) % 6));
      data.vocabulary.tokens.emplace_back(line.substr(1));
    } else if (space != std::string_view::npos) {
      data.merges.emplace_back(line.substr(0, space), line.substr(space + 1));
    }
  }
  data.ignore_merges = text.size() % 2 == 1;
  ScoreVocabulary scored{data.vocabulary, std::vector<float>(data.vocabulary.tokens.size(), -1.0f)};
  if (const auto tokenizer = make_byte_bpe(std::move(data), "fuzz")) {
    (void)encode_and_decode(**tokenizer, text, {.parse_special = true});
  }
  if (const auto tokenizer = make_score_tokenizer(std::move(scored), "fuzz")) {
    (void)encode_and_decode(**tokenizer, text, {.parse_special = true});
  }
}

void hostile_json(std::string_view text) {
  if (const auto tokenizer = parse_tokenizer_json(text, "fuzz")) {
    (void)encode_and_decode(**tokenizer, text, {.add_special = true, .parse_special = true});
  }
}

void hostile_gguf(std::string_view text) {
  const auto file = values::GgufFile::parse(std::as_bytes(std::span(text)), "fuzz");
  if (!file) return;
  if (const auto tokenizer = read_tokenizer(*file)) {
    (void)encode_and_decode(**tokenizer, "Hello, world 123", {.add_special = true, .parse_special = true});
  }
  (void)read_chat_template(*file);
  if (const auto config = read_config(*file)) (void)read_weights(*file, *config);
}

void hostile_archive(std::string_view text) {
  const auto nothing = [](std::span<const std::byte>) { return Result<void>{}; };
  const auto member = find_zip_member(std::as_bytes(std::span(text)), "a", "fuzz");
  if (member && member->is_deflated)
    (void)inflate(member->data, DeflateWrapper::kRaw, 1 << 20, "fuzz", nothing);
  (void)gunzip(std::as_bytes(std::span(text)), 1 << 20, "fuzz");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const auto kGpt2 = sound_byte_bpe("gpt-2", false, false);
  static const auto kSmolLm = sound_byte_bpe("smollm", false, false);
  static const auto kQwen = sound_byte_bpe("qwen2", false, false);
  static const auto kLlama3 = sound_byte_bpe("llama-bpe", true, false);
  static const auto kComposing = sound_byte_bpe("qwen2", false, true);
  static const auto kScores = sound_score_tokenizer();
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  switch (bytes[0] % 11) {
    case 0:
      keep_text("gpt-2", *kGpt2, text);
      break;
    case 1:
      keep_text("smollm", *kSmolLm, text);
      break;
    case 2:
      keep_text("qwen2", *kQwen, text);
      break;
    case 3:
      keep_text("llama-bpe", *kLlama3, text);
      break;
    case 4:
      (void)encode_and_decode(*kComposing, text, {.parse_special = true});
      break;
    case 5:
      ASSAY_CHECK(with_spaces_for_marks(encode_and_decode(*kScores, text, {})) ==
                  with_spaces_for_marks(text));
      break;
    case 6:
      hostile_vocabulary(text);
      break;
    case 7:
      hostile_json(text);
      break;
    case 8:
      hostile_gguf(text);
      break;
    case 9:
      (void)parse_chat_template(text, "fuzz");
      break;
    default:
      hostile_archive(text);
      break;
  }
  return 0;
}
