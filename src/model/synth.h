// SPDX-License-Identifier: Apache-2.0
#pragma once
// Synthetic models: the shape of a real one, seeded random weights, and a tokenizer that works, so that speed
// can be measured and the engine tested where no model can be had. llama.cpp loads the files too. The text
// they generate is noise. The same shape, types and seed give the same bytes on every machine: no
// mathematical library takes part. Not supported: weights that resemble trained ones (outliers,
// correlations).
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

#include "model/config.h"

namespace assay::model {

struct SynthShape {
  std::string_view name;
  std::int64_t layers, hidden, ffn, heads, kv_heads, head_dim, vocab, context;
  bool tied;  // the output head is the embedding
  float rope_theta, norm_epsilon;
};

// "smollm2-135m" (SmolLM2-135M) and "tiny" (2 layers of width 256, 320 tokens, for tests).
[[nodiscard]] std::span<const SynthShape> synth_shapes();

// Errors: kNotFound with the nearest name.
[[nodiscard]] Result<SynthShape> shape_by_name(std::string_view name);

// The type that a matrix with rows of `columns` gets if `wanted` is asked for: blocks that do not divide the
// row fall back as in llama.cpp's quantisation (q4_k to q5_0, q5_k to q5_1, q6_k to q8_0, and f16 where 32
// does not divide it either).
[[nodiscard]] values::DType fitting_dtype(values::DType wanted, std::int64_t columns);

// Writes the model to `path`, its matrices as `dtype` and the embedding with the output head as `head_dtype`
// (`dtype` if not given). Matrices are normal-like (a sum of uniforms) with standard deviation
// 1/sqrt(columns), the embedding 2/sqrt(hidden), norms lie within 0.9 to 1.1, so that activations stay near 1
// and logits near 2. Errors: kInvalidArgument for a type that is no weight type or a vocabulary under 260;
// those of GgufWriter::write.
[[nodiscard]] Result<void> synthesise(const SynthShape& shape, values::DType dtype, std::uint64_t seed,
                                      const std::filesystem::path& path,
                                      std::optional<values::DType> head_dtype = {});

}  // namespace assay::model
