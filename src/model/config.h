// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a Llama-family decoder looks like, read from GGUF metadata: pre-norm blocks, RMSNorm, rotary
// embeddings, grouped query attention, SwiGLU, tied or separate output head. Not supported yet: architectures
// other than `llama` (GPT-2 and Qwen come with their own issue), mixture of experts, RoPE scaling, sliding
// windows.
#include <cstdint>
#include <string>

#include "base/result.h"
#include "values/formats/gguf.h"

namespace assay::model {

// How rotation pairs lie in a head of size d: (2i, 2i+1), or (i, i + d/2). GGUF's `llama` weights are
// permuted for the interleaved form.
enum class RopeLayout : std::uint8_t { kInterleaved, kHalfSplit };

struct Config {
  std::string architecture;  // "llama"
  std::string name;          // general.name, or the file's name
  std::int64_t layers = 0;
  std::int64_t hidden = 0;    // model width
  std::int64_t ffn = 0;       // width of the feed-forward block
  std::int64_t heads = 0;     // query heads
  std::int64_t kv_heads = 0;  // key and value heads; divides heads
  std::int64_t head_dim = 0;
  std::int64_t vocab = 0;
  std::int64_t context = 0;    // positions the model was trained for
  std::int64_t rope_dims = 0;  // rotated elements at the start of each head; even, at most head_dim
  float rope_theta = 10000.0f;
  float norm_epsilon = 1e-5f;
  RopeLayout rope_layout = RopeLayout::kInterleaved;

  [[nodiscard]] std::int64_t q_width() const { return heads * head_dim; }
  [[nodiscard]] std::int64_t kv_width() const { return kv_heads * head_dim; }
};

// Reads and checks the keys `<architecture>.*`; the vocabulary size comes from token_embd.weight.
// Errors: kUnsupported for another architecture (naming those that are supported); kNotFound and kCorrupt
// from GGUF; kCorrupt if a number is out of range or does not fit the others.
[[nodiscard]] Result<Config> read_config(const values::GgufFile& file);

}  // namespace assay::model
