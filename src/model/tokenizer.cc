// SPDX-License-Identifier: Apache-2.0
#include "model/tokenizer.h"

#include "base/text.h"
#include "model/utf8_runs.h"

namespace assay::model {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

void append_replacing(std::string_view text, std::string& out) {
  for_each_utf8_run(text, [&](std::string_view run, bool is_valid) { out += is_valid ? run : kReplacement; });
}

}  // namespace

std::string Tokenizer::decode(std::span<const TokenId> ids) const {
  std::string bytes;
  for (const TokenId id : ids) bytes += piece(id);
  return bytes;
}

std::string StreamDecoder::add(TokenId id) {
  pending_ += tokenizer_.piece(id);
  const std::size_t ready = pending_.size() - incomplete_utf8_suffix(pending_);
  std::string text;
  append_replacing(std::string_view(pending_).substr(0, ready), text);
  pending_.erase(0, ready);
  return text;
}

std::string StreamDecoder::finish() {
  std::string text;
  append_replacing(pending_, text);
  pending_.clear();
  return text;
}

}  // namespace assay::model
