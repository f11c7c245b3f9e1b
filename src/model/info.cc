// SPDX-License-Identifier: Apache-2.0
#include "model/info.h"

#include <algorithm>

#include "base/text.h"
#include "model/chat_template.h"
#include "model/tokenizer.h"
#include "model/weights.h"

namespace assay::model {
namespace {

using values::GgufFile;
using values::GgufTensor;

void add_types(const GgufFile& file, Info& info) {
  for (const GgufTensor& tensor : file.tensors()) {
    const std::string type = tensor.dtype ? std::string(values::info(*tensor.dtype).name)
                                          : fmt::format("type {}", tensor.type_number);
    auto share = std::find_if(info.types.begin(), info.types.end(),
                              [&](const TypeShare& s) { return s.type == type; });
    if (share == info.types.end()) share = info.types.insert(share, TypeShare{type});
    share->tensors += 1;
    share->parameters += tensor.shape.elements();
    share->bytes += static_cast<std::int64_t>(tensor.size_bytes);
    info.parameters += tensor.shape.elements();
  }
  std::stable_sort(info.types.begin(), info.types.end(),
                   [](const TypeShare& a, const TypeShare& b) { return a.bytes > b.bytes; });
}

std::string describe_tokenizer(const GgufFile& file) {
  const auto model = file.string("tokenizer.ggml.model");
  const auto tokens = file.strings("tokenizer.ggml.tokens");
  if (!model || !tokens) return "none";
  const auto pre = file.string("tokenizer.ggml.pre");
  return fmt::format("{}{}, {} tokens", printable(*model), pre ? ", " + printable(*pre) : "", tokens->size());
}

std::string describe_template(const GgufFile& file) {
  if (!file.contains("tokenizer.chat_template")) return "none";
  return read_chat_template(file) ? "ChatML" : "another";
}

Result<void> add_model(const GgufFile& file, Info& info) {
  ASSAY_TRY(const Config config, read_config(file));
  ASSAY_TRY(const Weights weights, read_weights(file, config));
  ASSAY_TRY_VOID(read_tokenizer(file));
  info.config = config;
  info.bytes_per_token = weights.bytes_per_token();
  info.tied = weights.tied;
  return {};
}

}  // namespace

Result<Info> read_info(const std::filesystem::path& path) {
  ASSAY_TRY(const GgufFile file, GgufFile::open(path));
  Info info;
  info.path = path.string();
  info.file_bytes = static_cast<std::int64_t>(file.file_bytes());
  info.gguf_version = file.version();
  info.architecture = file.string("general.architecture").value_or("");
  info.name = file.string("general.name").value_or("");
  add_types(file, info);
  info.tokenizer = describe_tokenizer(file);
  info.chat_template = describe_template(file);
  if (const auto model = add_model(file, info); !model) info.problem = model.error().message;
  return info;
}

std::string to_text(const Info& info) {
  std::string text;
  const auto line = [&](std::string_view label, std::string_view value) {
    text += fmt::format("{:<16}{}\n", label, value);
  };
  line("file", info.path);
  line("size",
       fmt::format("{} ({} bytes), GGUF version {}", format_bytes(static_cast<double>(info.file_bytes)),
                   info.file_bytes, info.gguf_version));
  line("name", info.name.empty() ? "not given" : printable(info.name));
  line("architecture", info.architecture.empty() ? "not given" : printable(info.architecture));
  line("parameters", fmt::format("{}", info.parameters));
  for (const TypeShare& share : info.types) {
    line("  " + share.type, fmt::format("{} tensors, {} parameters, {}", share.tensors, share.parameters,
                                        format_bytes(static_cast<double>(share.bytes))));
  }
  if (info.config) {
    const Config& c = *info.config;
    line("layers", fmt::format("{} of width {}, feed-forward {}", c.layers, c.hidden, c.ffn));
    line("heads", fmt::format("{} query, {} key and value, of {}", c.heads, c.kv_heads, c.head_dim));
    line("vocabulary", fmt::format("{}{}", c.vocab, info.tied ? ", output head tied to the embedding" : ""));
    line("context", fmt::format("{} positions, RoPE base {}", c.context, c.rope_theta));
    line("bytes per token", fmt::format("{} ({})", info.bytes_per_token,
                                        format_bytes(static_cast<double>(info.bytes_per_token))));
  }
  line("tokenizer", info.tokenizer);
  line("chat template", info.chat_template);
  line("runs here", info.problem.empty() ? "yes" : "no: " + info.problem);
  return text;
}

}  // namespace assay::model
