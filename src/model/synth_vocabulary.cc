// SPDX-License-Identifier: Apache-2.0
#include "model/synth_vocabulary.h"

#include <unordered_set>

#include "base/random.h"
#include "model/byte_alphabet.h"

namespace assay::model {
namespace {

constexpr std::int64_t kSmallest = 260;
constexpr std::int64_t kLargest = 1'000'000;
constexpr std::size_t kLongestWord = 14;
constexpr std::uint64_t kStream = 1ull << 32;  // away from the streams of the tensors

void add(Vocabulary& vocabulary, std::string token, TokenKind kind) {
  vocabulary.tokens.push_back(std::move(token));
  vocabulary.kinds.push_back(kind);
}

}  // namespace

Result<SynthVocabulary> synthesise_vocabulary(std::int64_t size, std::uint64_t seed) {
  if (size < kSmallest || size > kLargest) {
    return fail(ErrorCode::kInvalidArgument, "a vocabulary of {} tokens cannot be made; use {} to {}", size,
                kSmallest, kLargest);
  }
  SynthVocabulary result;
  Vocabulary& vocabulary = result.vocabulary;
  vocabulary.unknown = 0;
  vocabulary.bos = 1;
  vocabulary.eos = 2;
  for (const char* special : {"<|endoftext|>", "<|im_start|>", "<|im_end|>"}) {
    add(vocabulary, special, TokenKind::kControl);
  }
  for (unsigned byte = 0; byte < 256; ++byte) {
    add(vocabulary, std::string(byte_to_letter(static_cast<std::uint8_t>(byte))), TokenKind::kNormal);
  }

  // Words grow from letters; only a word's first letter may be the space, as text is split in front of
  // spaces.
  std::vector<std::string> starts, parts;
  for (char letter = 'a'; letter <= 'z'; ++letter) parts.emplace_back(1, letter);
  starts = parts;
  starts.emplace_back(byte_to_letter(' '));
  std::unordered_set<std::string> known(starts.begin(), starts.end());
  Random random(seed, kStream);
  while (static_cast<std::int64_t>(vocabulary.tokens.size()) < size) {
    const std::string left = starts[random.below(static_cast<std::uint32_t>(starts.size()))];
    const std::string right = parts[random.below(static_cast<std::uint32_t>(parts.size()))];
    const std::string both = left + right;
    if (both.size() > kLongestWord || !known.insert(both).second) continue;
    add(vocabulary, both, TokenKind::kNormal);
    result.merges.push_back(left + " " + right);
    starts.push_back(both);
    if (both[0] >= 'a' && both[0] <= 'z') parts.push_back(both);
  }
  return result;
}

}  // namespace assay::model
