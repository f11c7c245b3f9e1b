// SPDX-License-Identifier: Apache-2.0
#pragma once
// All memory that a forward pass writes, allocated once. Rows are tokens of the batch.
#include <cstdint>
#include <vector>

#include "kernels/attention/attention.h"
#include "kernels/matmul/matmul.h"
#include "model/config.h"

namespace assay::engine {

// The inputs of the matrix products, each of another width.
struct Inputs {
  kernels::Activations hidden;    // normalised residual stream: q, k, v, gate, up, head
  kernels::Activations attended;  // attention's result: attn_output
  kernels::Activations ffn;       // SwiGLU's result: down

  void reserve(const model::Config& config, std::int64_t max_rows);
  void set_rows(std::int64_t rows);
};

// What one thread has for itself. With a single token, every thread normalises and quantises that row for
// itself: it takes less time than sharing the work and waiting for the others.
struct ThreadWorkspace {
  Inputs inputs;               // one row
  std::vector<float> q;        // (heads, head_dim) of the single token, rotated
  std::vector<float> partial;  // storage of an AttentionPartial
  std::vector<float> attention_scratch;
};

struct Workspace {
  std::vector<float> x;               // the residual stream, (rows, hidden)
  std::vector<float> added;           // what a block adds to it
  std::vector<float> q, k, v;         // (rows, width)
  std::vector<float> gate, up;        // (rows, ffn)
  std::vector<float> cosines, sines;  // (rows, rope_dims / 2)
  std::vector<double> rope_frequencies;
  Inputs inputs;  // of batches of more than one token
  std::vector<ThreadWorkspace> threads;
  std::vector<kernels::AttentionPartial> partials;  // one a thread

  [[nodiscard]] static Workspace allocate(const model::Config& config, std::int64_t max_rows, int threads);
};

}  // namespace assay::engine
