// SPDX-License-Identifier: Apache-2.0
#include "model/llama_gguf.h"

namespace assay::model {
namespace {

void add_id(values::GgufWriter& writer, std::string key, std::optional<TokenId> id) {
  if (id) writer.add_u32(std::move(key), static_cast<std::uint32_t>(*id));
}

}  // namespace

void add_config(values::GgufWriter& writer, const Config& config) {
  const auto count = [&](std::string_view key, std::int64_t value) {
    writer.add_u32(fmt::format("{}.{}", config.architecture, key), static_cast<std::uint32_t>(value));
  };
  writer.add_string("general.architecture", config.architecture);
  writer.add_string("general.name", config.name);
  count("block_count", config.layers);
  count("context_length", config.context);
  count("embedding_length", config.hidden);
  count("feed_forward_length", config.ffn);
  count("attention.head_count", config.heads);
  count("attention.head_count_kv", config.kv_heads);
  count("attention.key_length", config.head_dim);
  count("attention.value_length", config.head_dim);
  count("rope.dimension_count", config.rope_dims);
  count("vocab_size", config.vocab);
  writer.add_f32(config.architecture + ".rope.freq_base", config.rope_theta);
  writer.add_f32(config.architecture + ".attention.layer_norm_rms_epsilon", config.norm_epsilon);
}

void add_vocabulary(values::GgufWriter& writer, const Vocabulary& vocabulary) {
  std::vector<std::int32_t> kinds;
  for (const TokenKind kind : vocabulary.kinds) kinds.push_back(static_cast<std::int32_t>(kind));
  writer.add_strings("tokenizer.ggml.tokens", vocabulary.tokens);
  writer.add_i32s("tokenizer.ggml.token_type", kinds);
  add_id(writer, "tokenizer.ggml.bos_token_id", vocabulary.bos);
  add_id(writer, "tokenizer.ggml.eos_token_id", vocabulary.eos);
  add_id(writer, "tokenizer.ggml.unknown_token_id", vocabulary.unknown);
  writer.add_bool("tokenizer.ggml.add_bos_token", vocabulary.add_bos);
  writer.add_bool("tokenizer.ggml.add_eos_token", vocabulary.add_eos);
}

}  // namespace assay::model
