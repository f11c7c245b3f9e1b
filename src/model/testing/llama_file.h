// SPDX-License-Identifier: Apache-2.0
#pragma once
// A small Llama GGUF in memory whose keys and tensors a test can change before it is written.
#include <map>
#include <string>
#include <variant>

#include "values/formats/gguf.h"

namespace assay::model::testing {

using values::DType;
using values::Shape;

struct LlamaFile {
  std::map<std::string, std::variant<std::uint32_t, float, std::string>> keys = {
      {"general.architecture", "llama"},
      {"llama.block_count", 2u},
      {"llama.context_length", 64u},
      {"llama.embedding_length", 32u},
      {"llama.feed_forward_length", 64u},
      {"llama.attention.head_count", 4u},
      {"llama.attention.head_count_kv", 2u},
      {"llama.rope.freq_base", 10000.0f},
      {"llama.attention.layer_norm_rms_epsilon", 1e-5f},
  };
  struct Tensor {
    DType dtype = DType::kF32;
    Shape shape;
  };
  std::map<std::string, Tensor> tensors = all_tensors();
  std::vector<std::string> tokens;  // tokenizer.ggml.tokens, if there are any

  [[nodiscard]] std::vector<std::byte> bytes() const {
    values::GgufWriter writer;
    for (const auto& [key, value] : keys) {
      if (const auto* count = std::get_if<std::uint32_t>(&value)) writer.add_u32(key, *count);
      if (const auto* number = std::get_if<float>(&value)) writer.add_f32(key, *number);
      if (const auto* text = std::get_if<std::string>(&value)) writer.add_string(key, *text);
    }
    if (!tokens.empty()) writer.add_strings("tokenizer.ggml.tokens", tokens);
    std::vector<values::Tensor> data;
    data.reserve(tensors.size());
    for (const auto& [name, tensor] : tensors) {
      data.emplace_back(tensor.dtype, tensor.shape);
      writer.add_tensor(name, data.back().view());
    }
    return writer.to_bytes().value();
  }

 private:
  static std::map<std::string, Tensor> all_tensors() {
    std::map<std::string, Tensor> all = {
        {"token_embd.weight", {DType::kQ8_0, Shape{100, 32}}},
        {"output_norm.weight", {DType::kF32, Shape{32}}},
    };
    for (const std::string layer : {"blk.0.", "blk.1."}) {
      all[layer + "attn_norm.weight"] = {DType::kF32, Shape{32}};
      all[layer + "attn_q.weight"] = {DType::kQ4_0, Shape{32, 32}};
      all[layer + "attn_k.weight"] = {DType::kQ4_0, Shape{16, 32}};
      all[layer + "attn_v.weight"] = {DType::kQ4_0, Shape{16, 32}};
      all[layer + "attn_output.weight"] = {DType::kQ4_0, Shape{32, 32}};
      all[layer + "ffn_norm.weight"] = {DType::kF32, Shape{32}};
      all[layer + "ffn_gate.weight"] = {DType::kF16, Shape{64, 32}};
      all[layer + "ffn_up.weight"] = {DType::kF16, Shape{64, 32}};
      all[layer + "ffn_down.weight"] = {DType::kF16, Shape{32, 64}};
    }
    return all;
  }
};

}  // namespace assay::model::testing
