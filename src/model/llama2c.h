// SPDX-License-Identifier: Apache-2.0
#pragma once
// Models and tokenizers of llama2.c, and their conversion to GGUF.
// Source: the export of llama2.c (A. Karpathy, 2023), version 0: a header of seven int32 (dim, hidden,
// layers, heads, kv_heads, vocab, seq_len; vocab negative if the output matrix is separate), then float32
// matrices. Not supported: later export versions with a magic number, and their int8 weights.
#include <filesystem>

#include "model/score_tokenizer.h"

namespace assay::model {

// The vocabulary in tok<vocab>.bin, with the kinds of tokens that llama2.c takes for granted: 0 is <unk>, 1
// and 2 are <s> and </s>, 3 to 258 are the bytes. `vocab` tokens are read. Errors: those of MappedFile;
// kCorrupt if the file is cut short, longer than that, or a length is out of range.
[[nodiscard]] Result<ScoreVocabulary> read_llama2c_vocabulary(const std::filesystem::path& path,
                                                              std::int64_t vocab);

// Writes the model `bin` with the tokenizer `tokenizer` as a float32 GGUF of architecture llama. With an
// empty `tokenizer`, takes tok<vocab>.bin or tokenizer.bin in bin's folder. llama2.c rotates neighbouring
// elements of a head, as GGUF's llama does, so that no rows move. Errors: those of MappedFile; kCorrupt if
// the header's sizes are out of range or do not add up to the file's size; kNotFound without a tokenizer;
// those of GgufWriter::write.
[[nodiscard]] Result<void> convert_llama2c(const std::filesystem::path& bin,
                                           const std::filesystem::path& tokenizer,
                                           const std::filesystem::path& gguf);

}  // namespace assay::model
