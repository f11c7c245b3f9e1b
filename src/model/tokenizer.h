// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text to token ids and back. Two kinds: byte-level BPE (GPT-2, SmolLM, Qwen, Llama 3) and the score-merging
// tokenizer with byte fallback of Llama 2 (tokenizer.ggml.model = llama). Read from GGUF metadata or a
// Hugging Face tokenizer.json.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "values/formats/gguf.h"

namespace assay::model {

using TokenId = std::int32_t;

struct EncodeOptions {
  bool add_special = false;    // put BOS in front (and EOS behind) if the model asks for it
  bool parse_special = false;  // recognise special tokens such as <|im_start|> inside the text
};

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // Ids of `text`, which may hold any bytes. Never fails. Bytes for which the vocabulary has no token at all
  // become <unk> (score-merging) or are left out (byte-level BPE: SmolLM2 lacks 21 bytes).
  [[nodiscard]] virtual std::vector<TokenId> encode(std::string_view text, EncodeOptions options) const = 0;

  // The bytes of one token; control tokens give "". May be part of a UTF-8 character: see StreamDecoder.
  // Requires 0 <= id < vocab_size().
  [[nodiscard]] virtual std::string_view piece(TokenId id) const = 0;

  [[nodiscard]] virtual std::int64_t vocab_size() const = 0;
  [[nodiscard]] virtual std::optional<TokenId> bos() const = 0;
  [[nodiscard]] virtual std::optional<TokenId> eos() const = 0;
  // True for tokens after which generation stops (EOS, end of turn).
  [[nodiscard]] virtual bool is_end(TokenId id) const = 0;
  // The id of a special token by its text, such as "<|im_end|>".
  [[nodiscard]] virtual std::optional<TokenId> find_special(std::string_view text) const = 0;

  // All pieces joined, as bytes. Score-merging tokenizers begin with the space that they put in front of a
  // text.
  [[nodiscard]] std::string decode(std::span<const TokenId> ids) const;
};

// From tokenizer.ggml.*. Errors: kNotFound for missing keys, kUnsupported for another tokenizer model or
// pre-tokenizer (naming those that are supported), kCorrupt for inconsistent lists.
[[nodiscard]] Result<std::unique_ptr<Tokenizer>> read_tokenizer(const values::GgufFile& file);

// From a Hugging Face tokenizer.json (.gz allowed). Errors: kIo, kCorrupt, kUnsupported.
[[nodiscard]] Result<std::unique_ptr<Tokenizer>> read_tokenizer_json(const std::filesystem::path& path);

// From the tok<vocab>.bin of llama2.c (scores and strings). Errors: kIo, kCorrupt.
[[nodiscard]] Result<std::unique_ptr<Tokenizer>> read_llama2c_tokenizer(const std::filesystem::path& path,
                                                                        std::int64_t vocab);

// From GPT-2's own pair of files, encoder.json and vocab.bpe. Errors: kIo, kCorrupt.
[[nodiscard]] Result<std::unique_ptr<Tokenizer>> read_gpt2_tokenizer(
    const std::filesystem::path& encoder_json, const std::filesystem::path& vocab_bpe);

// Joins pieces into text and holds back the bytes of a UTF-8 character until it is whole.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}
  // The text that `id` completes; may be empty. Bytes that can never become UTF-8 come out as U+FFFD.
  [[nodiscard]] std::string add(TokenId id);
  // What is still held back, as U+FFFD, at the end.
  [[nodiscard]] std::string finish();

 private:
  const Tokenizer& tokenizer_;
  std::string pending_;
};

}  // namespace assay::model
