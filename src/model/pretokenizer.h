// SPDX-License-Identifier: Apache-2.0
#pragma once
// Cuts text into the pieces inside which byte pairs may merge ("words"). The rules are regular expressions
// that are part of a model's format. All PCRE2 code of assay is in pretokenizer.cc. Not supported:
// expressions other than those of the named rules; an expression from a file is compared with the known ones,
// never run.
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace assay::model {

class PreTokenizer {
 public:
  // `name` as in tokenizer.ggml.pre: "gpt-2", "smollm", "qwen2", "llama-bpe". Errors: kUnsupported for any
  // other, naming these; kUnavailable if PCRE2 cannot compile the expression.
  [[nodiscard]] static Result<PreTokenizer> named(std::string_view name);

  // The rule that a Hugging Face tokenizer.json states as a list of expressions ("" for ByteLevel's own),
  // preceded by the splitting of digits or not. Errors: kUnsupported if no named rule is the same.
  [[nodiscard]] static Result<PreTokenizer> from_expression(std::string_view expression, bool splits_digits);

  PreTokenizer(PreTokenizer&&) noexcept;
  PreTokenizer& operator=(PreTokenizer&&) noexcept;
  ~PreTokenizer();

  // The pieces of `text` in order; joined they are `text`. Each byte that is not part of well-formed UTF-8 is
  // a piece of its own. If PCRE2 gives up (a resource limit), the rest of the stretch is one piece: the ids
  // may then differ from other tools', the bytes do not. Thread-safe.
  [[nodiscard]] std::vector<std::string_view> split(std::string_view text) const;

  [[nodiscard]] std::string_view name() const;

 private:
  struct Rule;
  explicit PreTokenizer(std::unique_ptr<const Rule> rule);
  std::unique_ptr<const Rule> rule_;
};

}  // namespace assay::model
