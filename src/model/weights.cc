// SPDX-License-Identifier: Apache-2.0
#include "model/weights.h"

#include <set>

#include "values/blocks.h"

namespace assay::model {
namespace {

using values::DType;
using values::GgufFile;
using values::GgufTensor;
using values::Shape;
using values::TensorView;

// Takes tensors by name and remembers which were taken, so that a leftover one, which the engine would
// ignore, is seen.
class TensorTaker {
 public:
  explicit TensorTaker(const GgufFile& file) : file_(file) {}

  [[nodiscard]] bool has(std::string_view name) const { return file_.find_tensor(name) != nullptr; }

  [[nodiscard]] Result<TensorView> take(const std::string& name, const Shape& shape) {
    const GgufTensor* tensor = file_.find_tensor(name);
    if (tensor == nullptr) {
      return fail(ErrorCode::kNotFound, "{}: tensor '{}' is missing", file_.name(), name);
    }
    if (tensor->shape != shape) {
      return fail(ErrorCode::kCorrupt, "{}: tensor '{}' is {}, expected {}", file_.name(), name,
                  tensor->shape.to_string(), shape.to_string());
    }
    taken_.insert(tensor->name);
    return file_.view(*tensor);
  }

  [[nodiscard]] Result<TensorView> matrix(const std::string& name, std::int64_t rows, std::int64_t columns) {
    ASSAY_TRY(const TensorView view, take(name, Shape{rows, columns}));
    if (!values::is_weight_type(view.dtype))
      return refuse_type(name, view.dtype, "a float or block-quantised type");
    return view;
  }

  [[nodiscard]] Result<TensorView> norm(const std::string& name, std::int64_t size) {
    ASSAY_TRY(const TensorView view, take(name, Shape{size}));
    if (view.dtype != DType::kF32) return refuse_type(name, view.dtype, "f32");
    return view;
  }

  [[nodiscard]] Result<void> nothing_left() const {
    for (const GgufTensor& tensor : file_.tensors()) {
      if (taken_.contains(tensor.name)) continue;
      return fail(ErrorCode::kUnsupported,
                  "{}: tensor '{}' is not part of the Llama architecture as assay computes it", file_.name(),
                  tensor.name);
    }
    return {};
  }

 private:
  [[nodiscard]] tl::unexpected<Error> refuse_type(const std::string& name, DType type,
                                                  std::string_view expected) const {
    return fail(ErrorCode::kUnsupported, "{}: tensor '{}' has type {}, expected {}", file_.name(), name,
                values::info(type).name, expected);
  }

  const GgufFile& file_;
  std::set<std::string_view> taken_;  // the names live in the file's tensor list
};

Result<LayerWeights> read_layer(TensorTaker& tensors, const Config& c, std::int64_t index) {
  const std::string prefix = fmt::format("blk.{}.", index);
  LayerWeights layer;
  ASSAY_TRY(layer.attn_norm, tensors.norm(prefix + "attn_norm.weight", c.hidden));
  ASSAY_TRY(layer.attn_q, tensors.matrix(prefix + "attn_q.weight", c.q_width(), c.hidden));
  ASSAY_TRY(layer.attn_k, tensors.matrix(prefix + "attn_k.weight", c.kv_width(), c.hidden));
  ASSAY_TRY(layer.attn_v, tensors.matrix(prefix + "attn_v.weight", c.kv_width(), c.hidden));
  ASSAY_TRY(layer.attn_output, tensors.matrix(prefix + "attn_output.weight", c.hidden, c.q_width()));
  ASSAY_TRY(layer.ffn_norm, tensors.norm(prefix + "ffn_norm.weight", c.hidden));
  ASSAY_TRY(layer.ffn_gate, tensors.matrix(prefix + "ffn_gate.weight", c.ffn, c.hidden));
  ASSAY_TRY(layer.ffn_up, tensors.matrix(prefix + "ffn_up.weight", c.ffn, c.hidden));
  ASSAY_TRY(layer.ffn_down, tensors.matrix(prefix + "ffn_down.weight", c.hidden, c.ffn));
  return layer;
}

std::int64_t matrix_bytes(const LayerWeights& layer) {
  std::size_t bytes = 0;
  for (const TensorView* view : {&layer.attn_q, &layer.attn_k, &layer.attn_v, &layer.attn_output,
                                 &layer.ffn_gate, &layer.ffn_up, &layer.ffn_down}) {
    bytes += view->bytes.size();
  }
  return static_cast<std::int64_t>(bytes);
}

}  // namespace

std::int64_t Weights::bytes_per_token() const {
  std::int64_t bytes = static_cast<std::int64_t>(output.bytes.size());
  for (const LayerWeights& layer : layers) bytes += matrix_bytes(layer);
  return bytes;
}

Result<Weights> read_weights(const GgufFile& file, const Config& config) {
  if (file.tensors().empty()) {
    return fail(ErrorCode::kNotFound,
                "{}: has no tensors: it is a vocabulary-only file; use a file that holds the model's weights",
                file.name());
  }
  TensorTaker tensors(file);
  Weights weights;
  ASSAY_TRY(weights.token_embd, tensors.matrix("token_embd.weight", config.vocab, config.hidden));
  ASSAY_TRY(weights.output_norm, tensors.norm("output_norm.weight", config.hidden));
  weights.tied = !tensors.has("output.weight");
  if (weights.tied) {
    weights.output = weights.token_embd;
  } else {
    ASSAY_TRY(weights.output, tensors.matrix("output.weight", config.vocab, config.hidden));
  }
  // Grows with what the file really holds, so that an absurd layer count fails at the first missing tensor.
  for (std::int64_t i = 0; i < config.layers; ++i) {
    ASSAY_TRY(LayerWeights layer, read_layer(tensors, config, i));
    weights.layers.push_back(layer);
  }
  ASSAY_TRY_VOID(tensors.nothing_left());
  return weights;
}

Result<Model> Model::open(const std::filesystem::path& path) {
  Model model;
  ASSAY_TRY(GgufFile file, GgufFile::open(path));
  model.file = std::make_unique<GgufFile>(std::move(file));
  ASSAY_TRY(model.config, read_config(*model.file));
  ASSAY_TRY(model.weights, read_weights(*model.file, model.config));
  return model;
}

}  // namespace assay::model
