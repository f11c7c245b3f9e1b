// SPDX-License-Identifier: Apache-2.0
#pragma once
// The loop at the heart of both tokenizers: of all neighbours that may merge, merge the cheapest pair (the
// leftmost of equals) until none is left. A linked list and a heap make it O(n log n), so that a long text
// without spaces, or a hostile one, stays cheap. Source: byte pair encoding as in R. Sennrich et al., 2016,
// "Neural Machine Translation of Rare Words with Subword Units".
#include <cstddef>
#include <optional>
#include <queue>
#include <vector>

#include "model/tokenizer.h"

namespace assay::model {

inline constexpr TokenId kNoToken = -1;

struct Symbol {
  std::size_t begin;   // bytes [begin, begin + length) of the text
  std::size_t length;  // 0 once it has been merged into its left neighbour
  TokenId id;          // kNoToken if the vocabulary has no token for these bytes
};

struct Merge {
  double cost;
  TokenId id;  // of the merged symbol
};

// Merges `symbols`, which lie next to each other in the text. `lookup(left, right)` says at what cost two
// neighbours merge and into what, or nothing. What is left over keeps its order; swallowed symbols stay with
// length 0.
template <typename Lookup>
void merge_symbols(std::vector<Symbol>& symbols, const Lookup& lookup) {
  struct Candidate {
    double cost;
    std::size_t left, right;
    std::size_t length;  // of both together: another sum means that one has changed since
    TokenId id;
    bool operator<(const Candidate& other) const {  // std::priority_queue puts the greatest first
      return cost != other.cost ? cost > other.cost : left > other.left;
    }
  };
  const std::size_t count = symbols.size();
  std::vector<std::size_t> previous(count), next(count);
  std::priority_queue<Candidate> queue;
  const auto consider = [&](std::size_t left, std::size_t right) {
    if (const std::optional<Merge> merge = lookup(symbols[left], symbols[right])) {
      queue.push({merge->cost, left, right, symbols[left].length + symbols[right].length, merge->id});
    }
  };
  for (std::size_t i = 0; i < count; ++i) {
    previous[i] = i - 1;  // wraps for the first, which is never followed to the left
    next[i] = i + 1;
    if (i + 1 < count) consider(i, i + 1);
  }
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Symbol& left = symbols[best.left];
    Symbol& right = symbols[best.right];
    if (left.length == 0 || right.length == 0 || left.length + right.length != best.length) continue;
    left.length = best.length;
    left.id = best.id;
    right.length = 0;
    next[best.left] = next[best.right];
    if (next[best.left] < count) {
      previous[next[best.left]] = best.left;
      consider(best.left, next[best.left]);
    }
    if (best.left != 0) consider(previous[best.left], best.left);
  }
}

}  // namespace assay::model
