// SPDX-License-Identifier: Apache-2.0
#include "engine/layer_check.h"

#include <algorithm>

#include "base/check.h"
#include "base/random.h"

namespace assay::engine {
namespace {

constexpr std::size_t kBatch = 24;
constexpr std::size_t kSingles = 8;

values::TensorView first_rows(values::TensorView view, std::int64_t rows) {
  const std::int64_t columns = view.row_elements();
  view.bytes = view.bytes.first(static_cast<std::size_t>(rows * values::row_bytes(view.dtype, columns)));
  view.shape = {rows, columns};
  return view;
}

// Logits of every token: the first ones as a batch, the rest one by one.
Result<std::vector<float>> run(Backend& backend, const model::Model& model,
                               std::span<const model::TokenId> tokens) {
  const auto vocab = static_cast<std::size_t>(model.config.vocab);
  std::vector<float> logits(tokens.size() * vocab);
  const std::span<float> all(logits);
  ASSAY_TRY_VOID(backend.upload(model));
  ASSAY_TRY_VOID(backend.prepare(kBatch, kBatch + kSingles));
  ASSAY_TRY(KvCache cache, KvCache::create(model.config, kBatch + kSingles));
  ASSAY_TRY_VOID(backend.forward(tokens.first(kBatch), cache, LogitsFor::kAll, all.first(kBatch * vocab)));
  for (std::size_t i = kBatch; i < tokens.size(); ++i)
    ASSAY_TRY_VOID(
        backend.forward(tokens.subspan(i, 1), cache, LogitsFor::kLast, all.subspan(i * vocab, vocab)));
  return logits;
}

}  // namespace

model::Model one_layer_of(const model::Model& model, std::int64_t index, std::int64_t max_vocab) {
  ASSAY_CHECK(index >= 0 && index < model.config.layers && max_vocab > 0);
  model::Model one;
  one.config = model.config;
  one.config.layers = 1;
  one.config.vocab = std::min(model.config.vocab, max_vocab);
  one.weights = model.weights;
  one.weights.layers = {model.weights.layers[static_cast<std::size_t>(index)]};
  one.weights.token_embd = first_rows(model.weights.token_embd, one.config.vocab);
  one.weights.output = first_rows(model.weights.output, one.config.vocab);
  return one;
}

Result<LayerCheck> check_layer(const model::Model& model, std::int64_t index, Backend& backend,
                               std::uint64_t seed, const model::Model* backend_model) {
  const model::Model one = one_layer_of(model, index, kLayerCheckVocab);
  const model::Model candidate =
      one_layer_of(backend_model == nullptr ? model : *backend_model, index, kLayerCheckVocab);
  Random random(seed);
  std::vector<model::TokenId> tokens(kBatch + kSingles);
  for (model::TokenId& token : tokens)
    token = static_cast<model::TokenId>(random.below(static_cast<std::uint32_t>(one.config.vocab)));

  ASSAY_TRY(const auto in_floats, run(*make_reference_backend(ActivationType::kFloat), one, tokens));
  ASSAY_TRY(const auto rounded, run(*make_reference_backend(ActivationType::kEightBits), one, tokens));
  ASSAY_TRY(const auto got, run(backend, candidate, tokens));
  const bool rounds = backend.activations() == ActivationType::kEightBits;
  LayerCheck check;
  check.distance = logits_distance(rounds ? rounded : in_floats, got, one.config.vocab);
  check.rounding = std::max(1e-3, logits_distance(rounded, in_floats, one.config.vocab).relative_rms);
  return check;
}

}  // namespace assay::engine
