// SPDX-License-Identifier: Apache-2.0
#pragma once
// The tokenizer of Llama 2: characters merge into any token of the vocabulary, the highest score first;
// characters that have no token fall back to byte tokens. From plain data; loaders fill the struct. Source:
// the BPE model of SentencePiece (T. Kudo, J. Richardson, 2018) as tokenizer.ggml.model = llama uses it. Not
// supported: SentencePiece's unigram model and its normalisation rules.
#include <vector>

#include "model/vocabulary.h"

namespace assay::model {

struct ScoreVocabulary {
  Vocabulary vocabulary;         // spaces written as U+2581; byte tokens as "<0x0A>" with kind kByte
  std::vector<float> scores;     // one for each token
  bool add_space_prefix = true;  // plain text at the start or behind a special token gets a space in front
};

// Bytes that have neither a token nor a byte token become the unknown token, or nothing if there is none.
// `name` opens messages. Errors: kCorrupt if check_vocabulary refuses, the number of scores differs, a score
// is not a number, or a byte token is not written as "<0xNN>".
[[nodiscard]] Result<std::unique_ptr<Tokenizer>> make_score_tokenizer(ScoreVocabulary data,
                                                                      std::string_view name);

}  // namespace assay::model
