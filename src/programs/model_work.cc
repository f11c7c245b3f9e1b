// SPDX-License-Identifier: Apache-2.0
#include "programs/model_program.h"

namespace assay::programs {
namespace {

std::int64_t elements(const values::TensorView& matrix) { return matrix.shape.elements(); }

// Multiply-adds of one token through all blocks, without attention and head.
std::int64_t block_matrix_elements(const model::Weights& weights) {
  std::int64_t sum = 0;
  for (const model::LayerWeights& layer : weights.layers) {
    sum += elements(layer.attn_q) + elements(layer.attn_k) + elements(layer.attn_v) +
           elements(layer.attn_output);
    sum += elements(layer.ffn_gate) + elements(layer.ffn_up) + elements(layer.ffn_down);
  }
  return sum;
}

// Scores and weighted sum of one query at a position that sees `seen` keys: two multiply-adds an element.
std::int64_t attention_flops(const model::Config& config, std::int64_t seen) {
  return 4 * config.layers * config.heads * config.head_dim * seen;
}

// One position's keys and values in half precision, all layers.
std::int64_t cache_bytes(const model::Config& config) { return 4 * config.layers * config.kv_width(); }

}  // namespace

suite::Work prefill_work(const model::Model& model, std::int64_t prompt) {
  const model::Config& config = model.config;
  suite::Work work;
  work.bytes_read = {model.weights.bytes_per_token()};
  work.bytes_written = {prompt * cache_bytes(config)};
  // Token t sees t + 1 positions; the head is needed for the last token alone.
  work.flops = {prompt * 2 * block_matrix_elements(model.weights) + 2 * elements(model.weights.output) +
                attention_flops(config, prompt * (prompt + 1) / 2)};
  work.items = prompt;
  work.item_name = "token";
  return work;
}

suite::Work decode_work(const model::Model& model, std::int64_t depth) {
  const model::Config& config = model.config;
  suite::Work work;
  work.bytes_read = {model.weights.bytes_per_token() + depth * cache_bytes(config)};
  work.bytes_written = {cache_bytes(config)};
  work.flops = {2 * block_matrix_elements(model.weights) + 2 * elements(model.weights.output) +
                attention_flops(config, depth + 1)};
  work.items = 1;
  work.item_name = "token";
  return work;
}

}  // namespace assay::programs
