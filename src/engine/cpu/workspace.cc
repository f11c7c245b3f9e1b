// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/workspace.h"

#include "kernels/rope/rope.h"

namespace assay::engine {
namespace {

std::vector<float> floats(std::int64_t count) { return std::vector<float>(static_cast<std::size_t>(count)); }

}  // namespace

void Inputs::reserve(const model::Config& config, std::int64_t max_rows) {
  const auto reserve_one = [max_rows](kernels::Activations& x, std::int64_t width) {
    x.reserve(max_rows, width);
    x.cols = width;
  };
  reserve_one(hidden, config.hidden);
  reserve_one(attended, config.q_width());
  reserve_one(ffn, config.ffn);
}

void Inputs::set_rows(std::int64_t rows) { hidden.rows = attended.rows = ffn.rows = rows; }

Workspace Workspace::allocate(const model::Config& config, std::int64_t max_rows, int threads) {
  Workspace w;
  w.x = floats(max_rows * config.hidden);
  w.added = floats(max_rows * config.hidden);
  w.q = floats(max_rows * config.q_width());
  w.k = floats(max_rows * config.kv_width());
  w.v = floats(max_rows * config.kv_width());
  w.gate = floats(max_rows * config.ffn);
  w.up = floats(max_rows * config.ffn);
  w.cosines = floats(max_rows * config.rope_dims / 2);
  w.sines = floats(max_rows * config.rope_dims / 2);
  w.rope_frequencies = kernels::rope_frequencies(config.rope_dims, config.rope_theta);
  w.inputs.reserve(config, max_rows);

  w.threads.resize(static_cast<std::size_t>(threads));
  for (ThreadWorkspace& own : w.threads) {
    own.inputs.reserve(config, 1);
    own.inputs.set_rows(1);
    own.q = floats(config.q_width());
    own.partial = floats(config.heads * (config.head_dim + 2));
    own.attention_scratch =
        floats(kernels::attention_scratch(config.heads, config.kv_heads, config.head_dim));
    float* out = own.partial.data();
    float* maximum = out + config.q_width();
    w.partials.push_back({out, maximum, maximum + config.heads});
  }
  return w;
}

}  // namespace assay::engine
