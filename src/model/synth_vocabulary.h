// SPDX-License-Identifier: Apache-2.0
#pragma once
// A byte-level BPE vocabulary of any size for synthetic models: three special tokens, the 256 bytes, and
// merges of letters into seeded nonsense words.
#include "model/vocabulary.h"

namespace assay::model {

struct SynthVocabulary {
  Vocabulary vocabulary;
  std::vector<std::string> merges;  // "left right", strongest first
};

// Errors: kInvalidArgument unless size is 260 to 1,000,000.
[[nodiscard]] Result<SynthVocabulary> synthesise_vocabulary(std::int64_t size, std::uint64_t seed);

}  // namespace assay::model
