// SPDX-License-Identifier: Apache-2.0
// A matrix transposed element by element, and by square blocks that stay in the L1 cache. Shows two axes, a
// cold cache beside a warm one, and variants made in a loop.
#include <assay/assay.h>

#include <algorithm>

namespace {

using Matrix = std::span<float>;

void transpose(Matrix from, Matrix to, std::int64_t rows, std::int64_t cols, std::int64_t block) {
  for (std::int64_t r0 = 0; r0 < rows; r0 += block)
    for (std::int64_t c0 = 0; c0 < cols; c0 += block)
      for (std::int64_t r = r0; r < std::min(r0 + block, rows); ++r)
        for (std::int64_t c = c0; c < std::min(c0 + block, cols); ++c)
          to[static_cast<std::size_t>(c * rows + r)] = from[static_cast<std::size_t>(r * cols + c)];
}

auto blocks_of(std::int64_t block) {
  return [=](assay::Call& c) {
    return [=, from = c.data<float>("from"), to = c.data<float>("to"), rows = c["rows"], cols = c["cols"]] {
      transpose(from, to, rows, cols, block);
    };
  };
}

void define(assay::Suite& suite) {
  assay::Entry& entry = suite.entry("transpose");
  entry.axis("rows", {512, 2048})
      .axis("cols", {500})
      .caches({"warm", "cold"})
      .in("from", assay::DType::kF32, {"rows", "cols"})
      .out("to", assay::DType::kF32, {"cols", "rows"})
      .work([](const assay::Point& p) {
        const std::int64_t bytes = 4 * p["rows"] * p["cols"];
        return assay::Work{.bytes_read = {bytes}, .bytes_written = {bytes}};
      })
      .tolerance({.eps_out = 0})  // moved, not computed
      .reference([](assay::Call& c) { blocks_of(1)(c)(); })
      .variant("by_element", blocks_of(1 << 30));
  for (const int block : {16, 64}) entry.variant("block_" + std::to_string(block), blocks_of(block));
}

}  // namespace

ASSAY_SUITE("transpose", define)
