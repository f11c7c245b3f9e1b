// SPDX-License-Identifier: Apache-2.0
#pragma once
// Byte-level BPE from plain data; the loaders (GGUF, tokenizer.json, GPT-2's files) only fill the struct.
// Not supported: vocabularies over characters instead of bytes, continuing-subword prefixes, dropout.
#include <string>
#include <utility>
#include <vector>

#include "model/pretokenizer.h"
#include "model/vocabulary.h"

namespace assay::model {

struct ByteBpe {
  Vocabulary vocabulary;  // tokens written in GPT-2's alphabet (byte_alphabet.h)
  std::vector<std::pair<std::string, std::string>> merges;  // the earlier, the stronger
  PreTokenizer pre_tokenizer;
  bool ignore_merges = false;  // a whole piece that is a token is taken as it is (Llama 3)
  bool normalize_nfc =
      false;  // compose characters first (Qwen's tokenizer.json); bytes that are not UTF-8 stay
};

// Text to ids: split into pieces, each piece merged by rank. Bytes for which the vocabulary has no token are
// left out after merging, as in llama.cpp. (SmolLM2 lacks 21: some control characters, bytes that UTF-8 never
// has, and 0xf1 and 0xf2, which begin characters of unassigned planes. Hugging Face leaves them out before
// merging, so that their neighbours may merge: the only difference found.)
// `name` opens messages. Errors: kCorrupt if check_vocabulary refuses, or a merge names a token that does not
// exist.
[[nodiscard]] Result<std::unique_ptr<Tokenizer>> make_byte_bpe(ByteBpe data, std::string_view name);

}  // namespace assay::model
