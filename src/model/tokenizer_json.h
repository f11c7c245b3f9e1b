// SPDX-License-Identifier: Apache-2.0
#pragma once
// The text of a Hugging Face tokenizer.json, for callers (and fuzzers) that have it in memory already.
// Not supported: models other than byte-level BPE; normalizers other than NFC; pre-tokenizers that are not
// one of the named rules (model/pretokenizer.h); added tokens that swallow spaces or match whole words only.
#include <memory>
#include <string_view>

#include "model/tokenizer.h"

namespace assay::model {

// `name` opens messages. Errors: kCorrupt, kUnsupported.
[[nodiscard]] Result<std::unique_ptr<Tokenizer>> parse_tokenizer_json(std::string_view text,
                                                                      std::string_view name);

}  // namespace assay::model
