// SPDX-License-Identifier: Apache-2.0
#pragma once
// The metadata of a Llama-family GGUF, written the way that read_config, read_tokenizer and llama.cpp read
// it.
#include "model/config.h"
#include "model/vocabulary.h"

namespace assay::model {

// Adds general.* and llama.*.
void add_config(values::GgufWriter& writer, const Config& config);

// Adds the keys that both kinds of tokenizer have: tokens, types, special ids, what is added around a text.
void add_vocabulary(values::GgufWriter& writer, const Vocabulary& vocabulary);

}  // namespace assay::model
