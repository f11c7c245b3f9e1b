// SPDX-License-Identifier: Apache-2.0
#include "model/config.h"

#include <cmath>

namespace assay::model {
namespace {

using values::GgufFile;
using values::GgufTensor;

// Far above any model that exists, far below what overflows when two of them are multiplied.
constexpr std::int64_t kMaxLayers = 4096;
constexpr std::int64_t kMaxHeads = 1 << 14;
constexpr std::int64_t kMaxWidth = 1 << 22;
constexpr std::int64_t kMaxContext = std::int64_t{1} << 31;

// Looks up `<architecture>.<key>` and reports problems with the full key.
class Reader {
 public:
  Reader(const GgufFile& file, const std::string& architecture) : file_(file), prefix_(architecture + ".") {}

  [[nodiscard]] bool contains(std::string_view key) const { return file_.contains(full(key)); }

  [[nodiscard]] Result<std::int64_t> integer(std::string_view key, std::int64_t limit) const {
    ASSAY_TRY(const std::int64_t value, file_.integer(full(key)));
    if (value < 1 || value > limit) {
      return fail(ErrorCode::kCorrupt, "{}: {} is {}, expected 1 to {}", file_.name(), full(key), value,
                  limit);
    }
    return value;
  }
  [[nodiscard]] Result<std::int64_t> integer_or(std::string_view key, std::int64_t limit,
                                                std::int64_t standard) const {
    if (!contains(key)) return standard;
    return integer(key, limit);
  }
  [[nodiscard]] Result<float> number(std::string_view key, double low, double high) const {
    ASSAY_TRY(const double value, file_.number(full(key)));
    if (!(value >= low && value <= high)) {  // refuses NaN as well
      return fail(ErrorCode::kCorrupt, "{}: {} is {}, expected {} to {}", file_.name(), full(key), value, low,
                  high);
    }
    return static_cast<float>(value);
  }
  [[nodiscard]] std::string full(std::string_view key) const { return prefix_ + std::string(key); }

 private:
  const GgufFile& file_;
  std::string prefix_;
};

Result<void> read_widths(const GgufFile& file, const Reader& reader, Config& config) {
  ASSAY_TRY(config.layers, reader.integer("block_count", kMaxLayers));
  ASSAY_TRY(config.hidden, reader.integer("embedding_length", kMaxWidth));
  ASSAY_TRY(config.ffn, reader.integer("feed_forward_length", kMaxWidth));
  ASSAY_TRY(config.heads, reader.integer("attention.head_count", kMaxHeads));
  ASSAY_TRY(config.kv_heads, reader.integer_or("attention.head_count_kv", kMaxHeads, config.heads));
  if (config.heads % config.kv_heads != 0) {
    return fail(ErrorCode::kCorrupt, "{}: {} query heads cannot share {} key and value heads evenly",
                file.name(), config.heads, config.kv_heads);
  }
  if (reader.contains("attention.key_length")) {
    ASSAY_TRY(config.head_dim, reader.integer("attention.key_length", kMaxWidth));
    ASSAY_TRY(const auto value_dim, reader.integer_or("attention.value_length", kMaxWidth, config.head_dim));
    if (value_dim != config.head_dim) {
      return fail(ErrorCode::kUnsupported, "{}: keys are {} wide and values {}; assay needs equal widths",
                  file.name(), config.head_dim, value_dim);
    }
  } else {
    if (config.hidden % config.heads != 0) {
      return fail(ErrorCode::kCorrupt, "{}: width {} is not a multiple of {} heads, and {} is missing",
                  file.name(), config.hidden, config.heads, reader.full("attention.key_length"));
    }
    config.head_dim = config.hidden / config.heads;
  }
  if (config.q_width() > kMaxWidth) {
    return fail(ErrorCode::kCorrupt, "{}: {} heads of {} are wider than {}", file.name(), config.heads,
                config.head_dim, kMaxWidth);
  }
  return {};
}

Result<void> read_positions(const GgufFile& file, const Reader& reader, Config& config) {
  ASSAY_TRY(config.context, reader.integer("context_length", kMaxContext));
  ASSAY_TRY(config.rope_dims, reader.integer_or("rope.dimension_count", kMaxWidth, config.head_dim));
  if (config.rope_dims % 2 != 0 || config.rope_dims > config.head_dim) {
    return fail(ErrorCode::kCorrupt, "{}: {} is {}, expected an even number up to the head size {}",
                file.name(), reader.full("rope.dimension_count"), config.rope_dims, config.head_dim);
  }
  if (reader.contains("rope.freq_base")) {
    ASSAY_TRY(config.rope_theta, reader.number("rope.freq_base", 1.0, 1e12));
  }
  ASSAY_TRY(config.norm_epsilon, reader.number("attention.layer_norm_rms_epsilon", 0.0, 1.0));
  return {};
}

// What would change the result silently if it were ignored.
Result<void> refuse_what_is_not_computed(const GgufFile& file, const Reader& reader) {
  if (reader.contains("expert_count")) {
    ASSAY_TRY(const auto experts, file.integer(reader.full("expert_count")));
    if (experts > 0) {
      return fail(ErrorCode::kUnsupported, "{}: mixture of experts ({} = {}) is not supported", file.name(),
                  reader.full("expert_count"), experts);
    }
  }
  if (reader.contains("rope.scaling.type")) {
    ASSAY_TRY(const auto scaling, file.string(reader.full("rope.scaling.type")));
    if (scaling != "none") {
      return fail(ErrorCode::kUnsupported, "{}: RoPE scaling '{}' is not supported", file.name(), scaling);
    }
  }
  if (file.find_tensor("rope_freqs.weight") != nullptr) {
    return fail(ErrorCode::kUnsupported, "{}: RoPE frequency factors (rope_freqs.weight) are not supported",
                file.name());
  }
  return {};
}

Result<void> read_vocabulary_size(const GgufFile& file, Config& config) {
  if (file.tensors().empty()) {
    return fail(ErrorCode::kNotFound,
                "{}: has no tensors: it is a vocabulary-only file; use a file that holds the model's weights",
                file.name());
  }
  const GgufTensor* embedding = file.find_tensor("token_embd.weight");
  if (embedding == nullptr) {
    return fail(ErrorCode::kNotFound, "{}: tensor 'token_embd.weight' is missing; is this a whole model?",
                file.name());
  }
  if (embedding->shape.rank() != 2 || embedding->shape[1] != config.hidden) {
    return fail(ErrorCode::kCorrupt, "{}: tensor 'token_embd.weight' is {}, expected (vocabulary)x{}",
                file.name(), embedding->shape.to_string(), config.hidden);
  }
  config.vocab = embedding->shape[0];
  if (file.contains("tokenizer.ggml.tokens")) {
    ASSAY_TRY(const auto tokens, file.strings("tokenizer.ggml.tokens"));
    if (static_cast<std::int64_t>(tokens.size()) != config.vocab) {
      return fail(ErrorCode::kCorrupt, "{}: the tokenizer has {} tokens, but token_embd.weight has {} rows",
                  file.name(), tokens.size(), config.vocab);
    }
  }
  return {};
}

}  // namespace

Result<Config> read_config(const GgufFile& file) {
  Config config;
  ASSAY_TRY(config.architecture, file.string("general.architecture"));
  if (config.architecture != "llama") {
    return fail(ErrorCode::kUnsupported, "{}: architecture '{}' is not supported; supported: llama",
                file.name(), config.architecture);
  }
  config.name = std::filesystem::path(file.name()).filename().string();
  if (file.contains("general.name")) {
    ASSAY_TRY(config.name, file.string("general.name"));
  }
  const Reader reader(file, config.architecture);
  ASSAY_TRY_VOID(read_widths(file, reader, config));
  ASSAY_TRY_VOID(read_positions(file, reader, config));
  ASSAY_TRY_VOID(refuse_what_is_not_computed(file, reader));
  ASSAY_TRY_VOID(read_vocabulary_size(file, config));
  return config;
}

}  // namespace assay::model
