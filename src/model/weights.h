// SPDX-License-Identifier: Apache-2.0
#pragma once
// The tensors of a model by role, checked against its Config, still in the file's own types and bytes.
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "model/config.h"
#include "values/formats/gguf.h"
#include "values/tensor.h"

namespace assay::model {

struct LayerWeights {
  values::TensorView attn_norm;    // (hidden) f32
  values::TensorView attn_q;       // (heads * head_dim, hidden)
  values::TensorView attn_k;       // (kv_heads * head_dim, hidden)
  values::TensorView attn_v;       // (kv_heads * head_dim, hidden)
  values::TensorView attn_output;  // (hidden, heads * head_dim)
  values::TensorView ffn_norm;     // (hidden) f32
  values::TensorView ffn_gate;     // (ffn, hidden)
  values::TensorView ffn_up;       // (ffn, hidden)
  values::TensorView ffn_down;     // (hidden, ffn)
};

struct Weights {
  values::TensorView token_embd;   // (vocab, hidden)
  values::TensorView output_norm;  // (hidden) f32
  values::TensorView output;       // (vocab, hidden); the same bytes as token_embd if tied
  bool tied = false;
  std::vector<LayerWeights> layers;

  // Bytes of every matrix once, as one decode step reads them: the head is counted, an untied embedding is
  // not.
  [[nodiscard]] std::int64_t bytes_per_token() const;
};

// A model file with its configuration and weights. The views point into `file`, so it moves but is not
// copied.
struct Model {
  std::unique_ptr<values::GgufFile> file;
  Config config;
  Weights weights;

  // Errors: those of GgufFile::open, read_config and read_weights.
  [[nodiscard]] static Result<Model> open(const std::filesystem::path& path);
};

// Errors: kNotFound for a missing tensor (a vocabulary-only file says so), kCorrupt for a wrong shape,
// kUnsupported for a type that the engine does not compute with.
[[nodiscard]] Result<Weights> read_weights(const values::GgufFile& file, const Config& config);

}  // namespace assay::model
