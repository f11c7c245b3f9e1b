// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/forward_pass.h"

#include <algorithm>
#include <numeric>

#include "values/blocks.h"

namespace assay::engine {
namespace {

using device::part_of;
using device::Range;
using kernels::Activations;
using kernels::PackedMatrix;

class ThreadPass {
 public:
  ThreadPass(const PassData& data, int index)
      : d_(data),
        c_(data.config),
        w_(data.workspace),
        own_(data.workspace.threads[static_cast<std::size_t>(index)]),
        index_(index),
        threads_(data.pool.size()),
        rows_(static_cast<std::int64_t>(data.tokens.size())),
        single_(rows_ == 1),
        inputs_(single_ ? own_.inputs : w_.inputs) {}

  void run() {
    embed();
    d_.pool.barrier();
    for (std::int64_t i = 0; i < c_.layers; ++i) {
      const PackedLayer& layer = d_.model.layers[static_cast<std::size_t>(i)];
      normalise(layer.attn_norm, layer.q->wants_q8() || layer.k->wants_q8() || layer.v->wants_q8());
      multiply(*layer.q, inputs_.hidden, w_.q.data());
      multiply(*layer.k, inputs_.hidden, w_.k.data());
      multiply(*layer.v, inputs_.hidden, w_.v.data());
      d_.pool.barrier();
      if (single_)
        attend_single(i);
      else
        attend_batch(i);
      quantise(inputs_.attended, layer.attn_output->wants_q8());
      multiply_and_add(*layer.attn_output, inputs_.attended);
      d_.pool.barrier();

      normalise(layer.ffn_norm, layer.gate->wants_q8() || layer.up->wants_q8());
      feed_forward(*layer.gate, *layer.up);
      d_.pool.barrier();
      if (single_) std::copy_n(w_.inputs.ffn.f32.data(), c_.ffn, own_.inputs.ffn.f32.data());
      quantise(inputs_.ffn, layer.down->wants_q8());
      multiply_and_add(*layer.down, inputs_.ffn);
      d_.pool.barrier();
    }
    write_logits();
  }

 private:
  // My share of the batch's rows.
  Range my_rows() const { return part_of(rows_, index_, threads_); }
  Range my_outputs(std::int64_t count, std::int64_t grain) const {
    return part_of(count, index_, threads_, grain);
  }

  void embed() {
    const Range rows = my_rows();
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
      values::decode_row(d_.model.token_embd.dtype,
                         d_.model.token_embd.row(d_.tokens[static_cast<std::size_t>(r)]),
                         {w_.x.data() + r * c_.hidden, static_cast<std::size_t>(c_.hidden)});
      kernels::rope_angles(d_.cache.length + r, w_.rope_frequencies, w_.cosines.data() + r * c_.rope_dims / 2,
                           w_.sines.data() + r * c_.rope_dims / 2);
    }
  }

  // A single token's row belongs to each thread, a batch's rows are shared and then needed by all.
  void normalise(const float* weight, bool wants_q8) {
    const Range rows = single_ ? Range{0, 1} : my_rows();
    for (std::int64_t r = rows.begin; r < rows.end; ++r)
      d_.kernels.rmsnorm.run(w_.x.data() + r * c_.hidden, weight, c_.hidden, c_.norm_epsilon,
                             inputs_.hidden.f32.data() + r * c_.hidden);
    if (wants_q8) kernels::quantise_activations(inputs_.hidden, rows, d_.isa);
    if (!single_) d_.pool.barrier();
  }

  void quantise(Activations& x, bool wants_q8) {
    if (!wants_q8) return;
    kernels::quantise_activations(x, single_ ? Range{0, 1} : my_rows(), d_.isa);
    if (!single_) d_.pool.barrier();
  }

  void multiply(const PackedMatrix& matrix, const Activations& x, float* y) const {
    matrix.multiply(x, y, matrix.rows(), my_outputs(matrix.rows(), matrix.row_grain()));
  }

  void multiply_and_add(const PackedMatrix& matrix, const Activations& x) {
    const Range mine = my_outputs(matrix.rows(), matrix.row_grain());
    matrix.multiply(x, w_.added.data(), matrix.rows(), mine);
    for (std::int64_t r = 0; r < rows_; ++r) {
      float* to = w_.x.data() + r * c_.hidden;
      const float* from = w_.added.data() + r * c_.hidden;
      for (std::int64_t i = mine.begin; i < mine.end; ++i) to[i] += from[i];
    }
  }

  void feed_forward(const PackedMatrix& gate, const PackedMatrix& up) {
    const Range mine = my_outputs(c_.ffn, std::lcm(gate.row_grain(), up.row_grain()));
    gate.multiply(inputs_.hidden, w_.gate.data(), c_.ffn, mine);
    up.multiply(inputs_.hidden, w_.up.data(), c_.ffn, mine);
    for (std::int64_t r = 0; r < rows_; ++r) {
      const std::int64_t first = r * c_.ffn + mine.begin;
      d_.kernels.swiglu.run(w_.gate.data() + first, w_.up.data() + first, mine.size(),
                            w_.inputs.ffn.f32.data() + first);
    }
  }

  void rotate(float* heads, std::int64_t count, std::int64_t row) const {
    const std::int64_t pairs = c_.rope_dims / 2;
    d_.kernels.rope.run({.x = heads,
                         .heads = count,
                         .head_dim = c_.head_dim,
                         .dims = c_.rope_dims,
                         .cosines = w_.cosines.data() + row * pairs,
                         .sines = w_.sines.data() + row * pairs,
                         .pairs = c_.rope_layout == model::RopeLayout::kInterleaved
                                      ? kernels::RopePairs::kInterleaved
                                      : kernels::RopePairs::kHalfSplit});
  }

  void store_key_and_value(std::int64_t layer, std::int64_t row) {
    float* k = w_.k.data() + row * c_.kv_width();
    const float* v = w_.v.data() + row * c_.kv_width();
    rotate(k, c_.kv_heads, row);
    for (std::int64_t head = 0; head < c_.kv_heads; ++head, k += c_.head_dim, v += c_.head_dim) {
      d_.kernels.to_half.run(k, c_.head_dim, d_.cache.key_row(layer, head, d_.cache.length + row));
      d_.kernels.to_half.run(v, c_.head_dim, d_.cache.value_row(layer, head, d_.cache.length + row));
    }
  }

  kernels::AttentionCache cache_of(std::int64_t layer) const {
    return {.keys = d_.cache.key_row(layer, 0, 0),
            .values = d_.cache.value_row(layer, 0, 0),
            .capacity = d_.cache.capacity,
            .heads = c_.heads,
            .kv_heads = c_.kv_heads,
            .head_dim = c_.head_dim};
  }

  // Threads share the context. The one with the last position writes the new key and value first; nobody else
  // reads them. Each then merges all partial results for itself.
  void attend_single(std::int64_t layer) {
    const std::int64_t length = d_.cache.length + 1;
    const Range positions = part_of(length, index_, threads_, kPositionGrain);
    if (positions.size() > 0) {
      std::copy_n(w_.q.data(), c_.q_width(), own_.q.data());
      rotate(own_.q.data(), c_.heads, 0);
      if (positions.end == length) store_key_and_value(layer, 0);
    }
    d_.kernels.attention_decode.run(cache_of(layer), own_.q.data(), positions,
                                    w_.partials[static_cast<std::size_t>(index_)]);
    d_.pool.barrier();
    d_.kernels.attention_merge.run(w_.partials, c_.heads, c_.head_dim, own_.inputs.attended.f32.data());
  }

  void attend_batch(std::int64_t layer) {
    const Range rows = my_rows();
    for (std::int64_t r = rows.begin; r < rows.end; ++r) {
      rotate(w_.q.data() + r * c_.q_width(), c_.heads, r);
      store_key_and_value(layer, r);
    }
    d_.pool.barrier();
    const kernels::AttentionQueries queries{.q = w_.q.data(),
                                            .q_stride = c_.q_width(),
                                            .out = inputs_.attended.f32.data(),
                                            .out_stride = c_.q_width(),
                                            .first_position = d_.cache.length};
    // Later blocks cost more: dealing them out in turn keeps the shares even.
    const std::int64_t blocks = (rows_ + kernels::kAttentionBlock - 1) / kernels::kAttentionBlock;
    for (std::int64_t item = index_; item < blocks * c_.kv_heads; item += threads_) {
      const std::int64_t first = item / c_.kv_heads * kernels::kAttentionBlock;
      d_.kernels.attention_prefill.run(cache_of(layer), queries, item % c_.kv_heads,
                                       {first, std::min(first + kernels::kAttentionBlock, rows_)},
                                       own_.attention_scratch.data());
    }
    d_.pool.barrier();
  }

  void write_logits() {
    if (d_.wanted == LogitsFor::kNone) return;
    const bool wants_q8 = d_.model.output->wants_q8();
    if (d_.wanted == LogitsFor::kAll) {
      normalise(d_.model.output_norm, wants_q8);
      multiply(*d_.model.output, inputs_.hidden, d_.logits);
      return;
    }
    Activations& last = own_.inputs.hidden;
    d_.kernels.rmsnorm.run(w_.x.data() + (rows_ - 1) * c_.hidden, d_.model.output_norm, c_.hidden,
                           c_.norm_epsilon, last.f32.data());
    if (wants_q8) kernels::quantise_activations(last, {0, 1}, d_.isa);
    multiply(*d_.model.output, last, d_.logits);
  }

  // Cached positions are dealt out in multiples of this: what the kernel handles at once.
  static constexpr std::int64_t kPositionGrain = 8;

  const PassData& d_;
  const model::Config& c_;
  Workspace& w_;
  ThreadWorkspace& own_;
  const int index_;
  const int threads_;
  const std::int64_t rows_;
  const bool single_;
  Inputs& inputs_;  // my own for a single token, else the shared ones
};

}  // namespace

void run_forward_pass(const PassData& data, int index) { ThreadPass(data, index).run(); }

}  // namespace assay::engine
